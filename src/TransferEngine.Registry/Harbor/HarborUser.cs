namespace TransferEngine.Registry;

/// <summary>For whom Harbor takes whoever asks.</summary>
internal enum HarborUser
{
    /// <summary>Nobody that it knows.</summary>
    Anybody,

    /// <summary>A robot account, of a project or of the system.</summary>
    Robot,

    /// <summary>A person.</summary>
    Person,

    /// <summary>A system administrator, who sees everything.</summary>
    Administrator,
}
