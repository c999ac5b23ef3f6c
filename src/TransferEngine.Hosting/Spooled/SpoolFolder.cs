using TransferEngine.Images;

namespace TransferEngine.Hosting.Spooled;

/// <summary>A folder of one run for archives on their way, below <c>TMPDIR</c>; made when first needed, gone afterwards.</summary>
internal sealed class SpoolFolder : IDisposable
{
    public const string MoreRoom = "Set TMPDIR to a folder with more room.";

    private readonly Lazy<string> _path = new(() => Directory.CreateTempSubdirectory("transfer-docker-").FullName);
    private int _files;

    /// <summary>A name for a file that is not there yet.</summary>
    /// <exception cref="TransferException">There is no folder for temporary files, or none can be made in it.</exception>
    public string NewFile()
    {
        try
        {
            return Path.Join(_path.Value, $"{Interlocked.Increment(ref _files)}.tar");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(Path.GetTempPath(), e);
        }
    }

    /// <summary>Failures of writing into it.</summary>
    public static TransferException Failed(string path, Exception e) => Failed(path, Printable.Of(e.Message), e);

    public static TransferException Failed(string path, string reason, Exception? inner = null) =>
        new(new TransferError(ErrorCode.SourceUnreadable, $"The images can't be kept on this machine: {reason}") { Scope = ErrorScope.Endpoint, Path = path, Hint = MoreRoom }, inner);

    public void Dispose()
    {
        if (_path.IsValueCreated)
            Directory.Delete(_path.Value, recursive: true);
    }
}
