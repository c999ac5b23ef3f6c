using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>A blob on its way into a folder: under another name until it is whole, hashed while it is written.</summary>
internal sealed class LayoutUpload : IDisposable
{
    private readonly string _temporary;
    private readonly Descriptor _blob;
    private readonly IncrementalHash _hash;
    private readonly SafeFileHandle _file;
    private long _length;

    /// <param name="path">Its place, whose folder exists.</param>
    /// <param name="blob">What it must be.</param>
    public LayoutUpload(string path, Descriptor blob)
    {
        (_blob, _temporary) = (blob, $"{path}.{Guid.NewGuid():N}.tmp");
        _hash = blob.Digest.CreateHash();
        _file = File.OpenHandle(_temporary, FileMode.CreateNew, FileAccess.Write);
    }

    public async Task ReceiveAsync(PipeReader content, CancellationToken cancellationToken)
    {
        var segments = new List<ReadOnlyMemory<byte>>();
        for (var isCompleted = false; !isCompleted;)
        {
            var read = await content.ReadAsync(cancellationToken).ConfigureAwait(false);
            isCompleted = read.IsCompleted;
            segments.Clear();
            foreach (var segment in read.Buffer)
            {
                segments.Add(segment);
                _hash.AppendData(segment.Span);
            }
            if (_length + read.Buffer.Length > _blob.Size)
                throw Wrong(ErrorCode.BlobSizeMismatch, $"The content goes on after the {_blob.Size} bytes that it should have.");
            RandomAccess.Write(_file, segments, _length);
            _length += read.Buffer.Length;
            content.AdvanceTo(read.Buffer.End);
        }
    }

    /// <summary>The file, whole and on the disk, to be moved to its place.</summary>
    /// <exception cref="TransferException">It is not what it must be.</exception>
    public string Finish()
    {
        if (_length != _blob.Size)
            throw Wrong(ErrorCode.BlobSizeMismatch, $"The content ends after {_length} of {_blob.Size} bytes.");
        if (!_blob.Digest.Matches(_hash))
            throw Wrong(ErrorCode.BlobDigestMismatch, $"The bytes do not match the digest {_blob.Digest}.");
        RandomAccess.FlushToDisk(_file);
        return _temporary;
    }

    public void Dispose()
    {
        _hash.Dispose();
        _file.Dispose();
        // Gone already, where it got to its place.
        File.Delete(_temporary);
    }

    private TransferException Wrong(string code, string message) =>
        new(new TransferError(code, message) { Scope = ErrorScope.Blob, Digest = _blob.Digest });
}
