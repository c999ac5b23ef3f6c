using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>A target on the double of Harbor, and the steps that tests of it take.</summary>
public abstract class HarborTargetTest : IAsyncLifetime
{
    private protected const string Password = "pass:word of the robot";

    private protected static readonly RepositoryName App = RepositoryName.Parse("p1/app");
    private protected static readonly RepositoryName Other = RepositoryName.Parse("p2/other");

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly List<IImageTarget> _targets = [];

    private protected HarborDouble Harbor { get; private set; } = null!;

    public Task InitializeAsync() => StartAsync(new HarborDoubleOptions());

    public async Task DisposeAsync()
    {
        foreach (var target in _targets)
            await target.DisposeAsync();
        await Harbor.DisposeAsync();
        _folder.Dispose();
    }

    private protected async Task StartAsync(HarborDoubleOptions options)
    {
        if (Harbor is not null)
            await Harbor.DisposeAsync();
        Harbor = await HarborDouble.StartAsync(_folder.Of(Guid.NewGuid().ToString("N")), options);
        Harbor.Accounts.Add(new HarborAccount("robot$mig", Password) { IsRobot = true });
    }

    private protected async Task<HarborTarget> ConnectAsync(
        string prefix = "", HarborOptions? options = null, TimeProvider? time = null, string user = "robot$mig", string password = Password)
    {
        var target = HarborTarget.Create(RegistryEndpoint.Parse(Harbor.Host + prefix), new RegistryOptions { RetryDelay = TimeSpan.Zero },
            options ?? new HarborOptions(), new FixedCredentials(new RegistryCredential(user, password)), time ?? TimeProvider.System);
        _targets.Add(target);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }

    private protected async Task<DetectingTarget> DetectAsync()
    {
        var target = DetectingTarget.Create(RegistryEndpoint.Parse(Harbor.Host), new RegistryOptions(), new HarborOptions(),
            new FixedCredentials(new RegistryCredential("robot$mig", Password)), TimeProvider.System);
        _targets.Add(target);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }

    private protected static async Task<Descriptor> PushBlobAsync(IImageTarget target, RepositoryName repository, byte[] content)
    {
        var blob = new Descriptor("", Digest.OfSha256(content), content.Length);
        var session = await target.StartUploadAsync(repository, CancellationToken.None);
        await target.PutBlobAsync(session, blob, PipeReader.Create(new MemoryStream(content)), CancellationToken.None);
        return blob;
    }

    /// <summary>An image of nothing but a config, which is pushed.</summary>
    private protected static async Task<Manifest> PrepareAsync(IImageTarget target, RepositoryName repository, string config = "{}")
    {
        var blob = await PushBlobAsync(target, repository, Encoding.UTF8.GetBytes(config));
        var bytes = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","config":{"mediaType":"{{MediaType.OciConfig}}","digest":"{{blob.Digest}}","size":{{blob.Size}}},"layers":[]}""");
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }

    private protected static Task PutAsync(IImageTarget target, RepositoryName repository, string tag, Manifest manifest) =>
        target.PutManifestAsync(repository, Tag.Parse(tag), manifest, CancellationToken.None);

    private protected static async Task<TransferError> RefusedAsync(Func<Task> act)
    {
        var error = (await Assert.ThrowsAsync<TransferException>(act)).Error;
        Assert.DoesNotContain(Password, error.ToString(), StringComparison.Ordinal);
        return error;
    }
}
