using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Integration.Tests.Serving;

/// <summary>A writable server that is killed by SIGKILL while images are pushed, again and again.</summary>
public sealed class KilledServerTests : IDisposable
{
    private const int Kills = 10;
    private const int PushesAtOnce = 5;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(20_261_121);
    private readonly byte[] _shared = new byte[300_000];

    [Fact]
    public async Task Killed_during_fifty_pushes_it_serves_nothing_damaged_and_no_link_points_nowhere()
    {
        _random.NextBytes(_shared);
        var acknowledged = new Dictionary<string, Digest>(StringComparer.Ordinal);
        var interrupted = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            await using (var server = await ServedRegistry.StartAsync(_folder.Path, "--writable"))
                interrupted += await PushUntilKilledAsync(server, kill, acknowledged);
            AssertNoLinkPointsNowhere();
            await using var restarted = await ServedRegistry.StartAsync(_folder.Path);
            await AssertNothingIsDamagedAsync(restarted, acknowledged);
        }
        // Else the kills came too early or too late to prove anything.
        Assert.InRange(interrupted, Kills, Kills * PushesAtOnce);
        Assert.NotEmpty(acknowledged);
    }

    /// <summary>Pushes into the same few repositories at once, and kills the server after so many bytes are in its store; returns how many pushes broke.</summary>
    private async Task<int> PushUntilKilledAsync(ServedRegistry server, int round, Dictionary<string, Digest> acknowledged)
    {
        using var client = new PushingClient(server.Address);
        var pushes = Enumerable.Range(0, PushesAtOnce).Select(i => PushAsync(client, $"team/app{i % 3}", $"{round}-{i}", Noise(200), Noise(400_000), Noise(50_000))).ToArray();
        // Spread over the pushes by what has arrived, not by the clock: after none of them, up to nearly all.
        var files = 1 + _random.Next(PushesAtOnce * 10);
        var before = CountFiles();
        while (CountFiles() - before < files && !pushes.All(push => push.IsCompleted))
            await Task.Yield();
        await server.KillAsync();
        var broken = 0;
        foreach (var push in pushes)
        {
            if (await push is { } done)
                acknowledged[done.Name] = done.Digest;
            else
                broken++;
        }
        return broken;
    }

    private async Task<(string Name, Digest Digest)?> PushAsync(PushingClient client, string repository, string tag, params byte[][] own)
    {
        try
        {
            return ($"{repository}:{tag}", await client.PushAsync(repository, tag, [.. own, _shared]));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task AssertNothingIsDamagedAsync(ServedRegistry server, Dictionary<string, Digest> acknowledged)
    {
        using var client = new PushingClient(server.Address);
        var served = new Dictionary<string, Digest>(StringComparer.Ordinal);
        foreach (var repository in Items(await client.GetTextAsync("/v2/_catalog"), "repositories"))
            foreach (var tag in Items(await client.GetTextAsync($"/v2/{repository}/tags/list"), "tags"))
            {
                var manifest = await client.PullManifestAsync(repository, tag);
                foreach (var blob in manifest.Blobs)
                    Assert.Equal(blob.Size, (await client.PullBlobAsync(repository, blob.Digest)).Length);
                served[$"{repository}:{tag}"] = manifest.Digest;
            }
        Assert.All(acknowledged, image => Assert.Equal(image.Value, served.GetValueOrDefault(image.Key)));
    }

    private void AssertNoLinkPointsNowhere()
    {
        var v2 = _folder.Of("docker", "registry", "v2");
        foreach (var link in Directory.EnumerateFiles(v2, "link", SearchOption.AllDirectories))
        {
            Assert.True(Digest.TryParse(File.ReadAllText(link), out var digest), $"{link} holds no digest");
            var data = Path.Join(v2, "blobs", digest.Algorithm, Path.Join(digest.Hex[..2], digest.Hex, "data"));
            Assert.True(File.Exists(data), $"{link} leads nowhere");
            Assert.Equal(digest, Digest.OfSha256(File.ReadAllBytes(data)));
        }
    }

    private int CountFiles()
    {
        try
        {
            return Directory.EnumerateFiles(_folder.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).Count();
        }
        catch (DirectoryNotFoundException)
        {
            // A folder was moved away while we looked.
            return 0;
        }
    }

    private byte[] Noise(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<string> Items(string json, string property) =>
        JsonDocument.Parse(json).RootElement.GetProperty(property).EnumerateArray().Select(item => item.GetString()!);

    public void Dispose() => _folder.Dispose();
}
