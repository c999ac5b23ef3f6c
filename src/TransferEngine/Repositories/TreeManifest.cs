using TransferEngine.Images;

namespace TransferEngine.Repositories;

/// <summary>One manifest of a <see cref="ManifestTree"/>: what it names, and its bytes where they were kept.</summary>
internal sealed class TreeManifest(Manifest manifest, bool isKept)
{
    private readonly Manifest? _kept = isKept ? manifest : null;

    public Digest Digest { get; } = manifest.Digest;

    public IReadOnlyList<Descriptor> Blobs { get; } = manifest.Blobs;

    public IReadOnlyList<Digest> Children { get; } = [.. manifest.Children.Select(child => child.Digest)];

    public Digest? Subject { get; } = manifest.Subject?.Digest;

    /// <summary>The manifest with its bytes, read once more where the tree was too large to keep them all.</summary>
    public ValueTask<Manifest> ReadAsync(IImageSource source, RepositoryName repository, CancellationToken cancellationToken) =>
        _kept is { } manifest ? ValueTask.FromResult(manifest) : source.ReadManifestAsync(repository, Digest, cancellationToken);
}
