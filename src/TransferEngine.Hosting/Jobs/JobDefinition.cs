namespace TransferEngine.Hosting;

/// <summary>One job of a <see cref="JobFile"/>, as it is written: nothing is opened yet.</summary>
public sealed record JobDefinition
{
    /// <summary>The name under which the state is kept; null for the one made from source, target and mapping.</summary>
    public string? Name { get; init; }

    public required EndpointDefinition Source { get; init; }

    public required EndpointDefinition Target { get; init; }

    public SelectionDefinition Select { get; init; } = new();

    /// <summary>Rules as <see cref="RepositoryMapping"/> reads them; null for those of the options.</summary>
    public IReadOnlyList<string>? Mapping { get; init; }

    public bool TrustJournal { get; init; }

    /// <summary>Look at the target for everything, and put back what it lost. See <see cref="MigrationJob.Repair"/>.</summary>
    public bool Repair { get; init; }

    /// <summary>Hash blobs that are taken over as files. See <see cref="MigrationJob.HashFiles"/>.</summary>
    public bool HashFiles { get; init; } = true;

    public bool VerifySource { get; init; }

    /// <summary>A selection that nothing matches is no failure.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>Bytes per second for all uploads together; 0 for no limit.</summary>
    public long LimitRate { get; init; }
}

/// <summary>A source or target with what it takes to speak to it. A password is named by the environment variable that holds it.</summary>
public sealed record EndpointDefinition(string Address)
{
    public bool? TlsVerify { get; init; }

    public string? CertDir { get; init; }

    public int? RetryTimes { get; init; }

    /// <summary>A file with credentials as skopeo and docker keep them (<c>auth.json</c>, <c>config.json</c>).</summary>
    public string? Authfile { get; init; }

    public string? Username { get; init; }

    /// <summary>Name of the environment variable with the password for <see cref="Username"/>.</summary>
    public string? PasswordEnv { get; init; }

    /// <summary>What is particular to a target that keeps files; null for the defaults.</summary>
    public FileSettings? Files { get; init; }
}

/// <summary>Which images a job takes; what is left out does not narrow it. See <see cref="ImageSelection"/>.</summary>
public sealed record SelectionDefinition
{
    /// <summary>Images by name: <c>repository</c>, <c>repository:tag</c> or <c>repository@digest</c>. The source's own list is not asked for then.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    public IReadOnlyList<string> Include { get; init; } = [];

    public IReadOnlyList<string> Exclude { get; init; } = [];

    public IReadOnlyList<string> IncludeTags { get; init; } = [];

    public IReadOnlyList<string> ExcludeTags { get; init; } = [];

    public IReadOnlyList<string> TagsRegex { get; init; } = [];

    public string? TagsSemver { get; init; }

    /// <summary>0 for all.</summary>
    public int Newest { get; init; }

    public bool Untagged { get; init; }

    /// <summary>Of indexes only these, as <see cref="Platform"/> reads them; all if empty.</summary>
    public IReadOnlyList<string> Platforms { get; init; } = [];

    /// <summary>Also what refers to an image.</summary>
    public bool Referrers { get; init; } = true;
}
