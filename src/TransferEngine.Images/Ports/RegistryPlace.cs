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

    /// <summary>Whether the repository belongs to this part.</summary>
    public bool Holds(RepositoryName repository) =>
        Prefix is not { } prefix || repository == prefix || repository.ToString().StartsWith($"{prefix}/", StringComparison.Ordinal);
}
