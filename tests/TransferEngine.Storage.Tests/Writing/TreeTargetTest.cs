using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Storage.Tests.Writing;

/// <summary>A source tree, a place for a target, and what the engine does with them, in short.</summary>
public abstract class TreeTargetTest : IDisposable
{
    protected static readonly RepositoryName App = RepositoryName.Parse("team/app");
    protected static readonly RepositoryName Other = RepositoryName.Parse("other");

    private readonly TemporaryFolder _folder = new();

    protected TreeTargetTest() => Source = new StorageTreeBuilder(_folder.Of("source"));

    protected StorageTreeBuilder Source { get; }

    protected string TargetPath => _folder.Of("target");

    /// <summary>Where things lie in the target.</summary>
    protected StorageTreeBuilder Places => new(TargetPath);

    protected string InFolder(params string[] names) => _folder.Of(names);

    protected RegistryTreeTarget Open(RegistryTreeTargetOptions? options = null) => RegistryTreeTarget.Open(TargetPath, options);

    protected RegistryTreeSource ReadBack() => RegistryTreeSource.Open(TargetPath);

    /// <summary>Puts a blob into the source.</summary>
    protected (Descriptor Blob, BlobFile File) Blob(string content)
    {
        var blob = Source.AddBlob(Encoding.UTF8.GetBytes(content));
        return (blob, new BlobFile(Source.BlobPath(blob.Digest), blob.Size));
    }

    internal static async Task<bool> TakeAsync(IImageTarget target, RepositoryName repository, (Descriptor Blob, BlobFile File) blob) =>
        await target.TakeFileAsync(repository, blob.Blob, blob.File, default);

    internal static async Task UploadAsync(IImageTarget target, RepositoryName repository, Descriptor blob, byte[] content)
    {
        var session = await target.StartUploadAsync(repository, default);
        await target.PutBlobAsync(session, blob, PipeReader.Create(new MemoryStream(content)), default);
    }

    internal static Manifest ManifestOf(params Descriptor[] blobs)
    {
        var bytes = ManifestWriter.Image(new ImageSpec(blobs[0], [.. blobs[1..]]));
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }

    internal static (ulong Number, ulong Links) InodeOf(string path)
    {
        // struct statx: stx_nlink at 16, stx_ino at 32.
        var status = new byte[256];
        Assert.Equal(0, StatX(-100, Encoding.UTF8.GetBytes(path + '\0'), 0x100, 0x104, status));
        return (BitConverter.ToUInt64(status, 32), BitConverter.ToUInt32(status, 16));
    }

    internal static (uint User, uint Group) OwnerOf(string path)
    {
        var status = new byte[256];
        Assert.Equal(0, StatX(-100, Encoding.UTF8.GetBytes(path + '\0'), 0x100, 0x18, status));
        return (BitConverter.ToUInt32(status, 20), BitConverter.ToUInt32(status, 24));
    }

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int folder, byte[] path, int flags, uint mask, byte[] status);
}
