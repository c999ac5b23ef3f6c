namespace TransferEngine.Images;

/// <summary>
/// Which part of which registry an endpoint is. Within one registry a blob is mounted from the repository that it would be read from, and no
/// byte of it moves.
/// </summary>
/// <param name="Host"><c>host[:port]</c>, as it is connected to.</param>
/// <param name="Prefix">Only the repository of this name and those below it; null for all.</param>
public sealed record RegistryPlace(string Host, RepositoryName? Prefix)
{
    /// <summary>The repositories were named beforehand: what comes to the registry meanwhile is not taken.</summary>
    public bool IsNamed { get; init; }

    /// <summary>Whether the two are parts of the same registry, as far as their names tell.</summary>
    public bool IsWithSame(RegistryPlace other) => Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a repository belongs to this part: by its name as the registry has it, which may be no valid one.</summary>
    public bool Holds(string repository) => Prefix?.ToString() is not { } prefix
        || (repository.StartsWith(prefix, StringComparison.Ordinal) && (repository.Length == prefix.Length || repository[prefix.Length] == '/'));
}
