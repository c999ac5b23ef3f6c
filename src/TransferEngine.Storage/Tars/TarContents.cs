using Microsoft.Win32.SafeHandles;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>A stretch of an uncompressed archive.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Shown">The file it belongs to, for messages.</param>
internal readonly record struct Stretch(long Offset, long Length, string Shown);

/// <summary>Gives the bytes of an archive.</summary>
internal abstract class TarContents : IDisposable
{
    /// <summary>Whether it helps to be told beforehand what will be opened.</summary>
    public virtual bool ReadsInPasses => false;

    public virtual IReadOnlyList<string> Notes => [];

    public abstract ValueTask<Stream> OpenAsync(Stretch stretch, long skip, CancellationToken cancellationToken);

    /// <summary>This will be opened soon.</summary>
    public virtual void Expect(Stretch stretch)
    {
    }

    public abstract void Dispose();
}

/// <summary>A plain tar's: read at any place, at any time.</summary>
internal sealed class PlainContents(SafeFileHandle file) : TarContents
{
    public override ValueTask<Stream> OpenAsync(Stretch stretch, long skip, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Stream>(new BlobStream(file, stretch.Shown, stretch.Offset, stretch.Length, ownsHandle: false) { Position = skip });

    public override void Dispose() => file.Dispose();
}
