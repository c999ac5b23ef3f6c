namespace TransferEngine.Perf.Actors;

/// <summary>The same exchange of messages, once among actors and once among loops over channels.</summary>
internal interface IWorkload
{
    /// <summary>As the table names it.</summary>
    string Name { get; }

    /// <summary>Messages handled in one run, answers included.</summary>
    int Messages { get; }

    /// <summary>Completes when the last message was handled.</summary>
    Task RunActors();

    /// <inheritdoc cref="RunActors"/>
    Task RunChannels();
}
