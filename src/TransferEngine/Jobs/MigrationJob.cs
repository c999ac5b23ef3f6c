using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// A job with both ends opened: its <see cref="Definition"/>, which says what is wanted, and what is live of it. The caller opens and disposes
/// source and target.
/// </summary>
/// <param name="Source">Where the images are.</param>
/// <param name="Target">Where they shall be.</param>
public sealed record MigrationJob(IImageSource Source, IImageTarget Target)
{
    private ImageSelection? _selection;
    private RepositoryMapping? _mapping;

    /// <summary>
    /// What is wanted, as data. Most properties below are views of it, there to be set one by one where ends were opened by hand.
    /// </summary>
    public JobDefinition Definition
    {
        get;
        init => (field, _selection, _mapping) = (value, null, null);
    } = new() { Source = new EndpointDefinition(Source.Endpoint), Target = new EndpointDefinition(Target.Endpoint) };

    /// <summary>Which repositories and tags; all by default. A list of images and platforms are not part of it: they narrow the source.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the definition's can't be understood.</exception>
    public ImageSelection Selection
    {
        get => _selection ??= new ImageSelection(Definition.Select);
        init => (Definition, _selection) = (Definition with { Select = value.Describe(Definition.Select) }, value);
    }

    /// <summary>How the target's repositories are named; null for what the engine's options say (<see cref="EngineOptions.Mapping"/>).</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the definition's can't be understood.</exception>
    public RepositoryMapping? Mapping
    {
        get => _mapping ??= Definition.Mapping is { } rules ? RepositoryMapping.Parse(rules) : null;
        init => (Definition, _mapping) = (Definition with { Mapping = value?.Rules }, value);
    }

    /// <inheritdoc cref="SelectionDefinition.Untagged"/>
    public bool Untagged
    {
        get => Definition.Select.Untagged;
        init => Definition = Definition with { Select = Definition.Select with { Untagged = value } };
    }

    /// <inheritdoc cref="SelectionDefinition.Referrers"/>
    public bool Referrers
    {
        get => Definition.Select.Referrers;
        init => Definition = Definition with { Select = Definition.Select with { Referrers = value } };
    }

    /// <inheritdoc cref="JobDefinition.TrustJournal"/>
    public bool TrustJournal
    {
        get => Definition.TrustJournal;
        init => Definition = Definition with { TrustJournal = value };
    }

    /// <inheritdoc cref="JobDefinition.Repair"/>
    public bool Repair
    {
        get => Definition.Repair;
        init => Definition = Definition with { Repair = value };
    }

    /// <inheritdoc cref="JobDefinition.HashFiles"/>
    public bool HashFiles
    {
        get => Definition.HashFiles;
        init => Definition = Definition with { HashFiles = value };
    }

    /// <inheritdoc cref="JobDefinition.VerifySource"/>
    public bool VerifySource
    {
        get => Definition.VerifySource;
        init => Definition = Definition with { VerifySource = value };
    }

    /// <inheritdoc cref="JobDefinition.LimitRate"/>
    public long LimitRate
    {
        get => Definition.LimitRate;
        init => Definition = Definition with { LimitRate = value };
    }

    /// <summary>The name under which the state is kept: given by the user, or <see cref="DefaultName"/>.</summary>
    public string Name
    {
        get => Definition.Name ?? DefaultName(Source, Target, Mapping);
        init => Definition = Definition with { Name = value };
    }

    /// <summary>A verification also hashes every blob of the source, and of a target whose content can be read back.</summary>
    public bool VerifyContent { get; init; }

    /// <summary>Forget what earlier runs of this job wrote into the journal. Said of one run.</summary>
    public bool Restart { get; init; }

    /// <summary>
    /// Where in the target blobs are known to be, by the target's own names: they are mounted from there, and the source need not hold
    /// them unless the target refuses. Empty by default; the caller has asked the target.
    /// </summary>
    public IReadOnlyDictionary<Digest, RepositoryName> KnownLocations { get; init; } = new Dictionary<Digest, RepositoryName>();

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

    /// <summary>Source and target are parts of one registry: what is to be moved is there already, under another name.</summary>
    internal bool IsWithinOneRegistry => Source.Registry is { } source && Target.Registry is { } target && source.IsWithSame(target);

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

    /// <summary>Under which id a part of the blob directory keeps its facts.</summary>
    internal string PersistenceIdOfBlobs(int partition) => $"{Name}/blobs/{partition}";

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
