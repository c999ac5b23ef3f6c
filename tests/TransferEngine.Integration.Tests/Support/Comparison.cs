using System.Net;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>Asks a registry for what a tree holds.</summary>
internal static class Comparison
{
    /// <summary>Every tag of the sample has its digest in the registry, where its repositories may stand below a prefix.</summary>
    public static async Task HoldsAllTagsAsync(string host, SampleTree tree, string prefix = "")
    {
        using var client = new HttpClient();
        var wrong = new List<string>();
        foreach (var image in tree.Tagged)
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, $"http://{host}/v2/{prefix}{image.Name.Repository}/manifests/{image.Name.Reference}");
            request.Headers.TryAddWithoutValidation("Accept", MediaType.AcceptManifests);
            using var response = await client.SendAsync(request);
            var digest = response.Headers.TryGetValues("Docker-Content-Digest", out var values) ? values.First() : response.StatusCode.ToString();
            if (response.StatusCode != HttpStatusCode.OK || digest != image.Manifest.Digest.ToString())
                wrong.Add($"{image.Name} is {digest}, should be {image.Manifest.Digest}");
        }
        Assert.Empty(wrong);
    }

    /// <summary>The registry's storage holds each blob of the tree with its bytes, and each repository links its own.</summary>
    public static void HoldsAllBlobs(string targetRoot, SampleTree tree)
    {
        var (source, target) = (new StorageTreeBuilder(tree.Root), new StorageTreeBuilder(targetRoot));
        foreach (var digest in tree.Blobs.Keys)
            Assert.Equal(File.ReadAllBytes(source.BlobPath(digest)), File.ReadAllBytes(target.BlobPath(digest)));
        foreach (var (repository, blobs) in tree.RepositoryBlobs)
            Assert.All(blobs, digest => Assert.True(File.Exists(target.LayerLinkPath(repository.ToString(), digest)), $"{repository} lacks {digest}"));
    }
}
