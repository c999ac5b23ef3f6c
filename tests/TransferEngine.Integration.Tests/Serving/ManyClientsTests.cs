using System.Security.Cryptography;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Integration.Tests.Serving;

/// <summary>Many clients at once, the same blob among what they push and pull.</summary>
public sealed class ManyClientsTests : IDisposable
{
    private const int Clients = 64;
    private const int LayerBytes = 8 * 1024 * 1024;
    private const long MaxResidentBytes = 400L * 1024 * 1024;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Sixty_four_clients_push_and_pull_without_an_error_or_damage_in_bounded_memory()
    {
        var shared = RandomNumberGenerator.GetBytes(LayerBytes);
        await using var server = await ServedRegistry.StartAsync(_folder.Path, "--writable");
        using var client = new PushingClient(server.Address);
        using var done = new CancellationTokenSource();
        var watching = PeakAsync(server, done.Token);
        // Together they send a gigabyte: what was held in memory would show.
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => PushAndPullAsync(client, i, shared)));
        await done.CancelAsync();
        Assert.InRange(await watching, 1, MaxResidentBytes);
    }

    private static async Task PushAndPullAsync(PushingClient client, int number, byte[] shared)
    {
        var (repository, own) = ($"team{number % 8}/app", RandomNumberGenerator.GetBytes(LayerBytes));
        var digest = await client.PushAsync(repository, $"v{number}", [RandomNumberGenerator.GetBytes(500), shared, own]);
        Assert.Equal(digest, (await client.PullManifestAsync(repository, $"v{number}")).Digest);
        Assert.Equal(own, await client.PullBlobAsync(repository, Digest.OfSha256(own)));
        Assert.Equal(shared, await client.PullBlobAsync(repository, Digest.OfSha256(shared)));
    }

    private static async Task<long> PeakAsync(ServedRegistry server, CancellationToken cancellationToken)
    {
        long peak = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        while (!cancellationToken.IsCancellationRequested)
        {
            peak = Math.Max(peak, server.ResidentBytes());
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        return peak;
    }

    public void Dispose() => _folder.Dispose();
}
