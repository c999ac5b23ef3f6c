using TransferEngine.Images;

namespace TransferEngine.Hosting.Spooled;

/// <summary>A folder of one run for archives on their way, below <c>TMPDIR</c>; made when first needed, gone afterwards.</summary>
internal sealed class SpoolFolder : IDisposable
{
    private readonly Lazy<string> _path = new(() => Directory.CreateTempSubdirectory("transfer-docker-").FullName);
    private int _files;

    /// <summary>A name for a file that is not there yet.</summary>
    public string NewFile() => Path.Join(_path.Value, $"{Interlocked.Increment(ref _files)}.tar");

    /// <summary>Failures of writing into it.</summary>
    public static TransferException Failed(string path, Exception e) => new(new TransferError(ErrorCode.SourceUnreadable, $"The images can't be kept on this machine: {Printable.Of(e.Message)}")
    { Scope = ErrorScope.Endpoint, Path = path, Hint = "Set TMPDIR to a folder with more room." }, e);

    public void Dispose()
    {
        if (_path.IsValueCreated)
            Directory.Delete(_path.Value, recursive: true);
    }
}
