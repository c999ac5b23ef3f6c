using System.IO.Pipelines;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// Where a layout is written: blobs by their digest, and the index that names them. Nothing is made before <see cref="Prepare"/>, so
/// that a look at what is there changes nothing. May be used concurrently but for its beginning and end.
/// </summary>
internal abstract class LayoutStore : IDisposable
{
    protected static readonly byte[] MarkerContent = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    protected LayoutStore(string path, string journal) => (Path, JournalPath) = (path, journal);

    /// <summary>The folder or file.</summary>
    public string Path { get; }

    /// <summary>Of what was put since the index was written last.</summary>
    public string JournalPath { get; }

    /// <summary>Whether the index may be written again and again, or only at the end.</summary>
    public abstract bool KeepsIndex { get; }

    public virtual IReadOnlyList<string> Notes => [];

    /// <summary>What is to be said while it is not complete; null where nothing is missing then.</summary>
    public virtual string? UnfinishedNote => null;

    /// <summary>What is there already; null if there is nothing.</summary>
    /// <exception cref="TransferException">It is something else, or can't be read.</exception>
    public abstract LayoutReader? OpenExisting();

    /// <summary>Makes a place for the journal.</summary>
    public abstract void Prepare();

    /// <summary>Makes it ready to be written. From now on no other process writes it.</summary>
    public abstract void Begin();

    /// <summary>A blob; null if it is not there whole.</summary>
    public abstract TreeFile? FindBlob(Digest digest);

    /// <summary>The content of a blob that was found.</summary>
    public abstract Stream Open(TreeFile blob);

    /// <summary>Takes a blob whose size and digest must be right, or leaves nothing of it.</summary>
    public abstract Task PutBlobAsync(Descriptor blob, PipeReader content, CancellationToken cancellationToken);

    public abstract Task PutManifestAsync(Manifest manifest, CancellationToken cancellationToken);

    /// <summary>Whether blobs can be given to it as files.</summary>
    public virtual bool TakesFiles => false;

    /// <summary>False if the store keeps no files of their own.</summary>
    public virtual bool TakeFile(Descriptor blob, BlobFile file) => false;

    /// <summary>Replaces the index.</summary>
    public abstract void WriteIndex(ReadOnlySpan<byte> json);

    /// <summary>Makes all of it last, under its name.</summary>
    public virtual void Complete()
    {
    }

    public abstract void Dispose();

    protected static string NameOf(Digest digest) => $"{LayoutReader.Blobs}/{digest.Algorithm}/{digest.Hex}";

    /// <summary>An index that names nothing.</summary>
    protected static byte[] EmptyIndex { get; } = LayoutIndexFile.Write(new LayoutIndex(), null);
}
