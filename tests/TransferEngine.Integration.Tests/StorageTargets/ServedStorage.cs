using System.Diagnostics;
using System.Net;
using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.TestKit.Registries;
using Xunit;

namespace TransferEngine.Integration.Tests.StorageTargets;

/// <summary>The judge of a storage tree that we wrote: <c>docker-registry</c> pointed at it.</summary>
internal static class ServedStorage
{
    /// <summary>Every image that the registry lists can be pulled: its manifest, its children, its blobs with their sizes.</summary>
    /// <returns>How many there are.</returns>
    public static async Task<int> PullAllAsync(DockerRegistry registry)
    {
        using var client = new HttpClient { BaseAddress = registry.Url };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
        var images = 0;
        using var catalog = JsonDocument.Parse(await client.GetStringAsync("v2/_catalog?n=1000"));
        foreach (var repository in catalog.RootElement.GetProperty("repositories").EnumerateArray().Select(name => name.GetString()!))
        {
            using var listed = await client.GetAsync($"v2/{repository}/tags/list");
            // Blobs without any manifest yet: known, and empty.
            if (listed.StatusCode == HttpStatusCode.NotFound)
                continue;
            using var tags = JsonDocument.Parse(await listed.Content.ReadAsStringAsync());
            if (tags.RootElement.GetProperty("tags").ValueKind == JsonValueKind.Null)
                continue;
            foreach (var tag in tags.RootElement.GetProperty("tags").EnumerateArray())
            {
                await PullAsync(client, repository, tag.GetString()!);
                images++;
            }
        }
        return images;
    }

    /// <summary>Unpacks as users do, by GNU tar.</summary>
    public static async Task UnpackAsync(string archive, string folder)
    {
        Directory.CreateDirectory(folder);
        using var tar = Process.Start("tar", ["-C", folder, "-xf", archive]);
        await tar.WaitForExitAsync();
        Assert.True(tar.ExitCode == 0, $"tar could not unpack {archive}.");
    }

    private static async Task PullAsync(HttpClient client, string repository, string reference)
    {
        using var answer = await client.GetAsync($"v2/{repository}/manifests/{reference}");
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{repository}:{reference} answers {answer.StatusCode}");
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var manifest = ManifestReader.Read(bytes, Digest.OfSha256(bytes));
        foreach (var child in manifest.Children)
            await PullAsync(client, repository, child.Digest.ToString());
        foreach (var blob in manifest.Blobs.Where(blob => !blob.IsForeign))
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"v2/{repository}/blobs/{blob.Digest}");
            using var head = await client.SendAsync(request);
            Assert.True(head.StatusCode == HttpStatusCode.OK && head.Content.Headers.ContentLength == blob.Size, $"{repository}:{reference} lacks {blob.Digest}: {head}");
        }
    }
}
