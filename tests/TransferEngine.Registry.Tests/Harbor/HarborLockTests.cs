using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Harbor;

/// <summary>Somebody else gives a wrong password while we work: Harbor lets nobody in by that name for a while, and does not say why.</summary>
public sealed class HarborLockTests : IAsyncLifetime
{
    private const string Password = "Harbor12345";

    private static readonly RepositoryName App = RepositoryName.Parse("p1/app");
    private static readonly RepositoryName Library = RepositoryName.Parse("library/app");

    private readonly TemporaryFolder _folder = new(inMemory: true);
    private readonly SkippingTime _time = new();
    private HarborDouble _harbor = null!;

    public async Task InitializeAsync() =>
        _harbor = await HarborDouble.StartAsync(_folder.Of("harbor"), new HarborDoubleOptions { Time = _time, TokenSeconds = 100 });

    public async Task DisposeAsync()
    {
        await _harbor.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("p1/app")]
    [InlineData("library/app")]
    public async Task A_run_whose_password_was_proven_waits_until_the_lock_is_over(string name)
    {
        await using var target = await ConnectAsync();
        var repository = RepositoryName.Parse(name);
        // Before the project is asked for, before each of the tokens, and when these have come to their end.
        _harbor.Accounts.Lock("admin");
        var layer = await PushAsync(target, repository, "first");
        foreach (var other in new[] { "p1/other", "p2/other" })
        {
            _harbor.Accounts.Lock("admin");
            var result = await target.MountBlobAsync(RepositoryName.Parse(other), layer.Digest, repository, CancellationToken.None);
            Assert.True(result.IsMounted);
        }
        _time.Advance(TimeSpan.FromSeconds(101));
        _harbor.Accounts.Lock("admin");
        await PushAsync(target, repository, "second");
        Assert.NotNull(await target.HeadBlobAsync(repository, layer.Digest, CancellationToken.None));
    }

    [Fact]
    public async Task A_source_gets_its_images_all_the_same_and_waits_for_nothing_where_anybody_may_pull()
    {
        await using (var target = await ConnectAsync())
            foreach (var repository in new[] { App, Library })
                await PutImageAsync(target, repository);
        await using var source = RegistrySource.Create(RegistryEndpoint.Parse(_harbor.Host), new RegistryOptions { RetryDelay = TimeSpan.Zero },
            new FixedCredentials(new RegistryCredential("admin", Password)), _time);
        await source.CheckOnceAsync(CancellationToken.None);
        foreach (var (repository, seconds) in new[] { (App, 2), (Library, 0) })
        {
            var began = _time.GetUtcNow();
            _harbor.Accounts.Lock("admin");
            Assert.NotNull(await source.FindImageAsync(repository, Tag.Parse("v1"), CancellationToken.None));
            Assert.Equal(seconds, (int)(_time.GetUtcNow() - began).TotalSeconds);
            _time.Advance(HarborAccounts.LockOut);
        }
    }

    [Fact]
    public async Task A_lock_that_does_not_end_is_told_as_what_it_is_and_not_for_good()
    {
        await using var target = await ConnectAsync();
        await PushAsync(target, App, "first");
        _harbor.Cuts = request =>
        {
            if (request.Path == "/service/token")
                _harbor.Accounts.Lock("admin");
            return false;
        };
        var error = (await Assert.ThrowsAsync<TransferException>(() => PushAsync(target, RepositoryName.Parse("p1/other"), "second"))).Error;
        Assert.Equal((ErrorCode.Unauthorized, ErrorScope.Repository, true), (error.Code, error.Scope, error.IsTransient));
        Assert.Contains("wrong password", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, _harbor.Requests.Count(request => request.IsToken && request.Query.Contains("other", StringComparison.Ordinal)));

        _harbor.Cuts = _ => false;
        _time.Advance(HarborAccounts.LockOut);
        await PushAsync(target, RepositoryName.Parse("p1/other"), "second");
    }

    [Fact]
    public async Task Whoever_has_no_right_waits_for_no_lock()
    {
        _harbor.Projects.Add("p1").Members["guest"] = HarborRole.Guest;
        _harbor.Accounts.Add(new HarborAccount("guest", Password));
        await using var target = await ConnectAsync("guest");
        var began = _time.GetUtcNow();
        foreach (var repository in new[] { App, RepositoryName.Parse("p1/other") })
            await Assert.ThrowsAsync<TransferException>(() => target.StartUploadAsync(repository, CancellationToken.None));
        Assert.Equal(began, _time.GetUtcNow());
    }

    [Fact]
    public async Task A_password_that_was_never_proven_is_wrong_at_once()
    {
        var endpoint = RegistryEndpoint.Parse(_harbor.Host);
        await using var target = HarborTarget.Create(endpoint, new RegistryOptions(), new HarborOptions(), new CredentialsOfP1(), _time);
        await target.CheckAsync(CancellationToken.None);
        _harbor.Projects.Add("p1");
        var before = _harbor.Requests.Count(request => request.IsToken);
        for (var i = 0; i < 3; i++)
        {
            var error = (await Assert.ThrowsAsync<TransferException>(() => target.StartUploadAsync(App, CancellationToken.None))).Error;
            Assert.Equal((ErrorCode.Unauthorized, false), (error.Code, error.IsTransient));
        }
        Assert.Equal(before + 1, _harbor.Requests.Count(request => request.IsToken));
    }

    /// <summary>As an auth file with an entry for one project, which is wrong.</summary>
    private sealed class CredentialsOfP1 : ICredentialSource
    {
        public ValueTask<RegistryCredential?> FindAsync(string host, RepositoryName? repository, CancellationToken cancellationToken) =>
            ValueTask.FromResult<RegistryCredential?>(new RegistryCredential("admin", repository is null ? Password : "wrong"));
    }

    private async Task<HarborTarget> ConnectAsync(string user = "admin")
    {
        var target = HarborTarget.Create(RegistryEndpoint.Parse(_harbor.Host), new RegistryOptions { RetryDelay = TimeSpan.Zero }, new HarborOptions(),
            new FixedCredentials(new RegistryCredential(user, Password)), _time);
        await target.CheckAsync(CancellationToken.None);
        return target;
    }

    private static async Task<Descriptor> PushAsync(HarborTarget target, RepositoryName repository, string text)
    {
        var content = Encoding.UTF8.GetBytes($$"""{"text":"{{text}}"}""");
        var blob = new Descriptor("", Digest.OfSha256(content), content.Length);
        var session = await target.StartUploadAsync(repository, CancellationToken.None);
        await target.PutBlobAsync(session, blob, PipeReader.Create(new MemoryStream(content)), CancellationToken.None);
        return blob;
    }

    private static async Task PutImageAsync(HarborTarget target, RepositoryName repository)
    {
        var config = await PushAsync(target, repository, "config");
        var bytes = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","layers":[],
            "config":{"mediaType":"{{MediaType.OciConfig}}","digest":"{{config.Digest}}","size":{{config.Size}}} }
            """);
        await target.PutManifestAsync(repository, Tag.Parse("v1"), ManifestReader.Read(bytes, Digest.OfSha256(bytes)), CancellationToken.None);
    }
}
