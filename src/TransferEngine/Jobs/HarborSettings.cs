using TransferEngine.Images;

namespace TransferEngine;

/// <summary>What is particular to one Harbor as a target. What is left out comes from the configuration.</summary>
public sealed record HarborSettings
{
    /// <summary>Whether projects that are missing are created.</summary>
    public bool? CreateProjects { get; init; }

    /// <summary>Who may pull from a project that is created.</summary>
    public HarborVisibility? Visibility { get; init; }

    /// <summary>Storage limit in bytes of a project that is created; -1 for none, 0 for what Harbor gives by default.</summary>
    public long? StorageLimit { get; init; }

    /// <summary>The project of repositories that have no folder.</summary>
    public string? DefaultProject { get; init; }
}
