using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>
/// What a package says of itself: its first member, <c>transfer-engine/package.json</c>. It settles every other member, so that a package
/// has one possible form. Lists are in ordinal order, without duplicates.
/// </summary>
/// <param name="Version">The format's; 1.</param>
/// <param name="Bases">What must be unpacked before, in the order in which it was named.</param>
/// <param name="Repositories">The images, by repository.</param>
/// <param name="Held">Every manifest and blob that the package holds.</param>
/// <param name="Needed">The blobs that its images need and a base has.</param>
public sealed record PackageIndex(
    int Version, IReadOnlyList<PackageBase> Bases, IReadOnlyList<PackageRepository> Repositories, IReadOnlyList<PackageBlob> Held, IReadOnlyList<NeededBlob> Needed)
{
    /// <summary>The only version so far.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The JSON text, the same on every machine: no line breaks, no times.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, PackageJson.Default.PackageIndex);

    /// <summary>The package's id: the SHA-256 of <see cref="ToBytes"/>, which names the digest of everything else.</summary>
    public Digest Id => Digest.OfSha256(ToBytes());

    /// <summary>Reads and checks the index of a package.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.PackageInvalid"/>: not an index, of a newer version, or inconsistent.</exception>
    public static PackageIndex Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var index = JsonSerializer.Deserialize(json, PackageJson.Default.PackageIndex) ?? throw new JsonException("It is null.");
            PackageRules.Check(index);
            return json.SequenceEqual(index.ToBytes()) ? index : throw new JsonException("It is not written as packages write it.");
        }
        catch (JsonException e)
        {
            throw new TransferException(new TransferError(ErrorCode.PackageInvalid, $"The package's index is not valid: {Printable.Of(e.Message)}") { Scope = ErrorScope.Endpoint }, e);
        }
    }

    /// <summary>Each blob of the package's images, held or needed, with its size and one repository that uses it: what a package on top need not hold.</summary>
    public IReadOnlyDictionary<Digest, (long Size, RepositoryName Repository)> BlobPlaces()
    {
        var sizes = Held.ToDictionary(blob => blob.Digest, blob => blob.Size);
        foreach (var blob in Needed)
            sizes[blob.Digest] = blob.Size;
        var places = new Dictionary<Digest, (long, RepositoryName)>();
        foreach (var repository in Repositories)
            foreach (var blob in repository.Blobs)
                places.TryAdd(blob, (sizes[blob], repository.Name));
        return places;
    }
}

/// <summary>What a package is built on.</summary>
/// <param name="Name">The package's file name, or the endpoint.</param>
/// <param name="Package">The package's id; null for an endpoint.</param>
public sealed record PackageBase(string Name, Digest? Package);

/// <summary>The images of one repository.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Untagged">Manifests that were packed by their digest.</param>
/// <param name="Manifests">All its manifests: those named above, those that indexes among them name, and what refers to any.</param>
/// <param name="Blobs">The blobs that its manifests name.</param>
public sealed record PackageRepository(
    RepositoryName Name, IReadOnlyList<PackageTag> Tags, IReadOnlyList<Digest> Untagged, IReadOnlyList<Digest> Manifests, IReadOnlyList<Digest> Blobs);

/// <summary>A tag and the manifest that it names.</summary>
public sealed record PackageTag(Tag Name, Digest Digest);

/// <summary>A manifest or blob, and its size in bytes.</summary>
public sealed record PackageBlob(Digest Digest, long Size);

/// <summary>A blob that was left out.</summary>
/// <param name="Digest">Which.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Base">Who has it: the place in <see cref="PackageIndex.Bases"/>.</param>
/// <param name="Repository">A repository of the base that uses it.</param>
public sealed record NeededBlob(Digest Digest, long Size, int Base, RepositoryName Repository);
