using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>A double of Harbor that holds images, and sources on it.</summary>
public abstract class HarborSourceTest : IAsyncLifetime
{
    private protected const string Password = "pass:word of the user";

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly List<IImageSource> _sources = [];

    private protected HarborDouble Harbor { get; private set; } = null!;

    private protected SkippingTime Time { get; } = new();

    private protected abstract HarborVersion Version { get; }

    private protected abstract void Build(StorageTreeBuilder tree);

    public async Task InitializeAsync()
    {
        Build(new StorageTreeBuilder(_folder.Of("harbor")));
        Harbor = await HarborDouble.StartAsync(_folder.Of("harbor"), new HarborDoubleOptions { Version = Version, Time = Time });
    }

    public async Task DisposeAsync()
    {
        foreach (var source in _sources)
            await source.DisposeAsync();
        await Harbor.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A source by <c>harbor://</c>, or by <c>docker://</c>, which finds out that it is Harbor.</summary>
    private protected IImageSource Source(string user, string prefix = "", bool isNamed = true)
    {
        var endpoint = RegistryEndpoint.Parse(Harbor.Host + prefix);
        var credentials = new FixedCredentials(user.Length == 0 ? null : new RegistryCredential(user, user == "admin" ? "Harbor12345" : Password));
        var options = new RegistryOptions { RetryDelay = TimeSpan.Zero };
        IImageSource source = isNamed
            ? HarborSource.Create(endpoint, options, credentials, Time)
            : DetectingSource.Create(endpoint, options, credentials, Time);
        _sources.Add(source);
        return source;
    }

    private protected static async Task<IReadOnlyList<SourceRepository>> ListAsync(IImageSource source) =>
        await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync();

    private protected static async Task<IEnumerable<string>> NamesAsync(IImageSource source) => (await ListAsync(source)).Select(found =>
    {
        Assert.Null(found.Error);
        return found.Repository.ToString()!;
    });

    private protected static async Task<TransferError> RefusedAsync(IImageSource source)
    {
        var error = (await Assert.ThrowsAsync<TransferException>(() => ListAsync(source))).Error;
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
        return error;
    }
}
