namespace TransferEngine;

/// <summary>
/// A job as data: what to move from where to where, with nothing opened and no secret in it. This is what a journal records and what travels
/// to another node; a <see cref="MigrationJob"/> is the same with both ends opened.
/// </summary>
public sealed record JobDefinition
{
    /// <summary>The name under which the state is kept; null for the one made from source, target and mapping.</summary>
    public string? Name { get; init; }

    public required EndpointDefinition Source { get; init; }

    public required EndpointDefinition Target { get; init; }

    public SelectionDefinition Select { get; init; } = new();

    /// <summary>Rules as <see cref="RepositoryMapping"/> reads them; null for those of the options.</summary>
    public IReadOnlyList<string>? Mapping { get; init; }

    /// <summary>
    /// Take the journal's word for what an earlier run pushed, and ask the target nothing about it: what the target has lost since is
    /// not noticed.
    /// </summary>
    public bool TrustJournal { get; init; }

    /// <summary>
    /// Look at the target for everything that the images name, down to the last blob, whatever the journal or a tag promises, and put what
    /// is missing there.
    /// </summary>
    public bool Repair { get; init; }

    /// <summary>Hash blobs that a target takes over as files, where nobody else would notice that they are damaged. On by default.</summary>
    public bool HashFiles { get; init; } = true;

    /// <summary>Hash every blob while it is read, before the target is told to keep it.</summary>
    public bool VerifySource { get; init; }

    /// <summary>A selection that nothing matches is no failure.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Bytes per second for all uploads together; 0 for no limit.</summary>
    public long LimitRate { get; init; }
}
