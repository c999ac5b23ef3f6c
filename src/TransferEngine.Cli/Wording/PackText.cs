using TransferEngine.Images;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Cli.Wording;

/// <summary>What a new package is, in words.</summary>
internal static class PackText
{
    public static IEnumerable<string> Of(string path, long bytes, PackageIndex index, int problems)
    {
        var images = index.Repositories.Sum(repository => repository.Tags.Count + repository.Untagged.Count);
        yield return $"{(problems == 0 ? "Packed" : "Packed in part")}: {Printable.Whole(path)} ({ByteText.Of(bytes)}), package {index.Id}";
        yield return $"  images  {Count.Of(images)} packed, {Count.Of(problems)} failed, in {Count.Of(index.Repositories.Count, "repository", "repositories")}";
        yield return $"  holds   {Count.Of(index.Held.Count, "blob")} and manifests ({ByteText.Of(index.Held.Sum(blob => (double)blob.Size))})";
        for (var number = 0; number < index.Bases.Count; number++)
        {
            var left = index.Needed.Where(blob => blob.Base == number).ToList();
            yield return $"  needs   {Count.Of(left.Count, "blob")} ({ByteText.Of(left.Sum(blob => (double)blob.Size))}) of {PackageBases.Label(index.Bases[number])}";
        }
    }
}
