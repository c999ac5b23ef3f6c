using System.Text;
using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>Pulls images with a client that is not ours, which checks the digest of all that it is given.</summary>
internal static class SkopeoWitness
{
    /// <summary>Images of a registry, in one process.</summary>
    /// <returns>What it finds wrong.</returns>
    public static async Task<IEnumerable<string>> PullAsync(string host, IReadOnlyList<PlannedImage> images, string work)
    {
        // Lists of referrers it can show, but not copy: its release knows no artifactType in them, and would write them anew without.
        var lists = images.Where(image => image.IsReferrersList).ToList();
        var others = images.Except(lists).ToList();
        var faults = new List<string>();
        if (others.Count > 0)
            faults.AddRange(await PullAllAsync(host, others, work));
        foreach (var list in lists)
            if (await FaultOfListAsync(host, list) is { } fault)
                faults.Add(fault);
        return faults;
    }

    /// <summary>Image folders, each pushed to a registry as a whole.</summary>
    /// <returns>What it finds wrong.</returns>
    public static async Task<IEnumerable<string>> PushAsync(string root, string host, IReadOnlyList<PlannedImage> images)
    {
        var faults = new List<string>();
        foreach (var image in images.Where(image => !image.IsReferrersList))
        {
            var from = $"dir:{Path.Combine(root, image.Repository)}:{image.Tag}";
            if (await FaultOfAsync("copy", "--all", "--preserve-digests", "--dest-tls-verify=false", from, $"docker://{host}/{image.Display}") is { } fault)
                faults.Add(fault);
        }
        return faults;
    }

    private static async Task<IEnumerable<string>> PullAllAsync(string host, IReadOnlyList<PlannedImage> images, string work)
    {
        var (list, folder) = (Path.Combine(work, "images.yml"), Path.Combine(work, "pulled"));
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        var lines = images.GroupBy(image => image.Repository).Select(group => $"    {group.Key}: [{string.Join(", ", group.Select(image => $"\"{image.Tag}\""))}]");
        await File.WriteAllLinesAsync(list, [$"\"{host}\":", "  tls-verify: false", "  images:", .. lines]);
        return await FaultOfAsync("sync", "--all", "--preserve-digests", "--scoped", "--src", "yaml", "--dest", "dir", list, folder) is { } fault
            ? [fault]
            : images.Where(image => !IsPulled(folder, host, image)).Select(image => $"skopeo pulled something else as {image.Display}");
    }

    private static async Task<string?> FaultOfListAsync(string host, PlannedImage list)
    {
        try
        {
            var shown = await Skopeo.RunAsync("inspect", "--raw", "--tls-verify=false", $"docker://{host}/{list.Display}");
            return Digest.OfSha256(Encoding.UTF8.GetBytes(shown)) == list.Root.Digest ? null : $"skopeo is shown something else as {list.Display}: {shown}";
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private static bool IsPulled(string folder, string host, PlannedImage image) =>
        Path.Combine(folder, host, $"{image.Repository}:{image.Tag}", "manifest.json") is var path
        && File.Exists(path) && Digest.OfSha256(File.ReadAllBytes(path)) == image.Root.Digest;

    private static async Task<string?> FaultOfAsync(string command, params string[] arguments)
    {
        try
        {
            await Skopeo.RunAsync(command, arguments);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }
}
