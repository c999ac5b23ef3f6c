using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit.Docker;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>Shorthands to write an archive as the engine does.</summary>
public abstract class ArchiveWritingTest : ArchiveTest
{
    protected static readonly RepositoryName App = RepositoryName.Parse("app");

    protected async Task WriteAsync(Func<DockerArchiveTarget, Task> push)
    {
        await using var target = DockerArchiveTarget.Create(Path);
        await push(target);
        await target.CompleteAsync(default);
    }

    /// <summary>Puts an image as the engine does: blobs, then the manifest by its tags, or by its digest if there are none.</summary>
    protected static async Task<Manifest> PushAsync(DockerArchiveTarget target, RepositoryName repository, SavedSample sample, Func<byte[], byte[]> compress, params string[] tags)
    {
        var config = new Descriptor(MediaType.OciConfig, Digest.OfSha256(sample.Config), sample.Config.Length);
        await PutAsync(target, config, sample.Config);
        var layers = new List<Descriptor>();
        foreach (var layer in sample.Layers)
        {
            var packed = compress(layer.Content);
            layers.Add(new Descriptor(MediaType.OciLayerGzip, Digest.OfSha256(packed), packed.Length));
            await PutAsync(target, layers[^1], packed);
        }
        var manifest = ManifestOf(new ImageSpec(config, layers));
        foreach (var tag in tags)
            await target.PutManifestAsync(repository, Tag.Parse(tag), manifest, default);
        if (tags.Length == 0)
            await target.PutManifestAsync(repository, manifest.Digest, manifest, default);
        return manifest;
    }

    protected static async Task PutAsync(DockerArchiveTarget target, Descriptor blob, byte[] content) =>
        await target.PutBlobAsync(await target.StartUploadAsync(App, default), blob, PipeReader.Create(new MemoryStream(content)), default);

    protected static Manifest ManifestOf(ImageSpec spec) => Parse(ManifestWriter.Image(spec));

    protected static Manifest IndexOf(params Manifest[] children) =>
        Parse(ManifestWriter.Index([.. children.Select(child => new Descriptor(child.MediaType, child.Digest, child.Bytes.Length))], ManifestFormat.Oci));

    protected static Manifest Parse(byte[] bytes) => ManifestReader.Read(bytes, Digest.OfSha256(bytes));

    protected Dictionary<string, byte[]> Members()
    {
        var members = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var reader = new TarReader(File.OpenRead(Path));
        while (reader.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            members.Add(entry.Name, content.ToArray());
        }
        return members;
    }

    protected static byte[] Zstd(byte[] content)
    {
        using var process = Process.Start(new ProcessStartInfo("zstd", ["-c", "-q"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardInput.BaseStream.Write(content);
        process.StandardInput.Close();
        using var packed = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(packed);
        return packed.ToArray();
    }
}
