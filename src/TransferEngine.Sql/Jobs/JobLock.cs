using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>
/// One process runs a job at a time. The lock is the operating system's on an open file, so it ends with the process, however
/// that ends. The file itself stays: deleting it would let two processes lock two files of the same name.
/// </summary>
internal sealed class JobLock : IDisposable
{
    // EWOULDBLOCK of flock(2) on Linux and macOS; ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION on Windows.
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];

    private readonly FileStream _file;

    private JobLock(FileStream file) => _file = file;

    /// <exception cref="TransferException"><see cref="ErrorCode.JobBusy"/>: another process runs the job.</exception>
    public static JobLock Take(JobFiles files)
    {
        try
        {
            return new JobLock(JobFiles.OpenOwned(files.Lock, FileShare.None));
        }
        catch (IOException exception) when (HeldByAnother.Contains(exception.HResult))
        {
            throw new TransferException(
                new TransferError(ErrorCode.JobBusy, $"The job {files.Job} is being run by another process.")
                {
                    Scope = ErrorScope.Endpoint,
                    Hint = "Wait for that run to end, or stop it; --job NAME runs a job of another name beside it.",
                },
                exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
