using System.Runtime.CompilerServices;
using NSubstitute;
using TransferEngine.Hosting;
using TransferEngine.Images;

namespace TransferEngine.Cli.Tests.Fakes;

/// <summary>Endpoints that are nothing but their address, and a source with a given listing.</summary>
internal sealed class FakeEndpoints : IEndpoints
{
    public EndpointSettings? SourceSettings { get; private set; }

    public EndpointSettings? TargetSettings { get; private set; }

    public string? TargetAddress { get; private set; }

    /// <summary>What a check of the target comes to.</summary>
    public Task Check { get; set; } = Task.CompletedTask;

    public Dictionary<SourceRepository, SourceImage[]> Listing { get; } = [];

    public IImageSource OpenSource(string text, EndpointSettings? settings = null)
    {
        SourceSettings = settings;
        return new FakeSource(text, Listing);
    }

    public IImageTarget OpenTarget(string text, EndpointSettings? settings = null)
    {
        (TargetAddress, TargetSettings) = (text, settings);
        var target = Substitute.For<IImageTarget>();
        target.Endpoint.Returns(text);
        target.CheckAsync(Arg.Any<CancellationToken>()).Returns(Check);
        return target;
    }

    private sealed class FakeSource(string endpoint, Dictionary<SourceRepository, SourceImage[]> listing) : IImageSource
    {
        public string Endpoint => endpoint;

        public IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) => Each(listing.Keys, cancellationToken);

        public IAsyncEnumerable<SourceImage> ListImagesAsync(RepositoryName repository, bool untagged, CancellationToken cancellationToken) =>
            Each(listing.Single(entry => entry.Key.Repository == repository).Value.Where(image => untagged || image.Tag is not null || image.Error is not null), cancellationToken);

        public ValueTask<Manifest> ReadManifestAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("No command reads manifests itself.");

        public ValueTask<long?> FindBlobAsync(RepositoryName repository, Digest digest, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("No command looks for blobs itself.");

        public ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("No command reads blobs itself.");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static async IAsyncEnumerable<T> Each<T>(IEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (var item in items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return await ValueTask.FromResult(item);
            }
        }
    }
}
