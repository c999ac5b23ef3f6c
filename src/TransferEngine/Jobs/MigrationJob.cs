using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>What to move from where to where. The caller opens and disposes source and target.</summary>
/// <param name="Source">Where the images are.</param>
/// <param name="Target">Where they shall be.</param>
public sealed record MigrationJob(IImageSource Source, IImageTarget Target)
{
    /// <summary>Which repositories and tags; all by default.</summary>
    public ImageSelection Selection { get; init; } = ImageSelection.All;

    /// <summary>How the target's repositories are named; null for what the engine's options say (<see cref="EngineOptions.Mapping"/>).</summary>
    public RepositoryMapping? Mapping { get; init; }

    /// <summary>Also the revisions that no tag names.</summary>
    public bool Untagged { get; init; }

    /// <summary>
    /// With each image, what refers to it: signatures, SBOMs and other artifacts with it as their subject, or with its digest in their tag.
    /// </summary>
    public bool Referrers { get; init; } = true;

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

    /// <summary>
    /// Hash blobs that a target takes over as files, where nobody else would notice that they are damaged. On by default.
    /// </summary>
    public bool HashFiles { get; init; } = true;

    /// <summary>A verification also hashes every blob of the source, and of a target whose content can be read back.</summary>
    public bool VerifyContent { get; init; }

    /// <summary>Forget what earlier runs of this job wrote into the journal.</summary>
    public bool Restart { get; init; }

    /// <summary>Hash every blob while it is read, before the target is told to keep it.</summary>
    public bool VerifySource { get; init; }

    /// <summary>Bytes per second for all uploads together; 0 for no limit.</summary>
    public long LimitRate { get; init; }

    /// <summary>
    /// Where in the target blobs are known to be, by the target's own names: they are mounted from there, and the source need not hold
    /// them unless the target refuses. Empty by default; the caller has asked the target.
    /// </summary>
    public IReadOnlyDictionary<Digest, RepositoryName> KnownLocations { get; init; } = new Dictionary<Digest, RepositoryName>();

    /// <summary>The name under which the state is kept: given by the user, or <see cref="DefaultName"/>.</summary>
    public string Name { get => field ?? DefaultName(Source, Target, Mapping); init; }

    /// <summary>
    /// The same source, target and mapping make the same job: 16 hex digits of the SHA-256 over both endpoints and the rules.
    /// The selection is left out on purpose: a wider second run goes on from what a narrower first one did.
    /// </summary>
    public static string DefaultName(IImageSource source, IImageTarget target, RepositoryMapping? mapping = null)
    {
        // An address has no line break, and neither has a rule: no two jobs spell the same text.
        var text = string.Join('\n', [source.Endpoint, target.Endpoint, .. (mapping ?? RepositoryMapping.None).Rules]);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return Convert.ToHexStringLower(hash.AsSpan(0, 8));
    }

    /// <summary>The target's name of a source repository: the rules, then the endpoint's own prefix.</summary>
    /// <exception cref="TransferException">The mapped name is too long or not valid.</exception>
    internal RepositoryName MapRepository(RepositoryName source) => Target.MapRepository(Rename(source));

    /// <summary>Like <see cref="MapRepository"/>; null where that fails.</summary>
    internal RepositoryName? TryMapRepository(RepositoryName source)
    {
        try
        {
            return MapRepository(source);
        }
        catch (TransferException)
        {
            return null;
        }
    }

    /// <summary>The name by the rules alone.</summary>
    internal RepositoryName Rename(RepositoryName source) => Mapping is { } mapping ? mapping.Map(source) : source;

    /// <summary>Under which id a repository's facts are kept. They hold for this job's target and mapping alone, which its journal records.</summary>
    internal string PersistenceIdOf(RepositoryName source) => $"{Name}/repository/{source}";

    /// <summary>The images of a source repository that are wanted.</summary>
    internal IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, CancellationToken cancellationToken)
    {
        var all = Source.ListImagesAsync(repository, Untagged, cancellationToken);
        return Referrers ? Selection.FilterWithCompanionsAsync(Source, repository, all, cancellationToken) : Selection.FilterAsync(all, cancellationToken);
    }

    /// <summary>The same by their names alone, which some sources tell with fewer requests.</summary>
    internal IAsyncEnumerable<string> ListNamesAsync(RepositoryName repository, CancellationToken cancellationToken) => Selection.FilterAsync(
        Source.ListNamesAsync(repository, Untagged, cancellationToken), name => Tag.TryParse(name, out var tag) ? tag : null, cancellationToken);
}
