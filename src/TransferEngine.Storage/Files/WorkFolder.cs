using Microsoft.Win32.SafeHandles;

namespace TransferEngine.Storage.Files;

/// <summary>
/// A process's own folder for what it has not finished, <c>GUID</c> below a folder that all such processes share, with a locked
/// <c>GUID.lock</c> beside it. What a killed process left there goes when the next one comes; what another one uses stays.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string LockSuffix = ".lock";

    private readonly string _shared;
    private readonly string _lockPath;
    private readonly SafeFileHandle _lock;

    private WorkFolder(string shared, string path, SafeFileHandle held)
    {
        (_shared, Path, _lockPath, _lock) = (shared, path, path + LockSuffix, held);
    }

    public string Path { get; }

    /// <summary>When the last of the processes began that were cut off in their work; null if there was none.</summary>
    public DateTimeOffset? CutOff { get; private set; }

    /// <param name="shared">The folder that all share.</param>
    /// <param name="files">Makes folders.</param>
    public static WorkFolder Open(string shared, AtomicFiles files)
    {
        OwnPlaces.RefuseLink(shared);
        files.CreateFolder(shared);
        var cutOff = RemoveLeftOver(shared);
        var path = System.IO.Path.Join(shared, Guid.NewGuid().ToString("N"));
        // The lock first, and gone last: a folder without one would belong to nobody.
        var held = File.OpenHandle(path + LockSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        files.CreateFolder(path);
        return new WorkFolder(shared, path, held) { CutOff = cutOff };
    }

    /// <summary>All that was written to this file system is on the disk when this returns.</summary>
    public void Sync() => Native.SyncFileSystem(_lock);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
            File.Delete(_lockPath);
            _lock.Dispose();
            // Fails where others still use it.
            Directory.Delete(_shared);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _lock.Dispose();
        }
    }

    private static DateTimeOffset? RemoveLeftOver(string shared)
    {
        DateTimeOffset? last = null;
        foreach (var file in new DirectoryInfo(shared).EnumerateFiles("*" + LockSuffix).ToList())
        {
            if (!Guid.TryParseExact(file.Name[..^LockSuffix.Length], "N", out _) || file.LinkTarget is not null)
                continue;
            try
            {
                using (File.OpenHandle(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    var began = new DateTimeOffset(file.LastWriteTimeUtc);
                    var folder = file.FullName[..^LockSuffix.Length];
                    if (Directory.Exists(folder))
                        Directory.Delete(folder, recursive: true);
                    File.Delete(file.FullName);
                    last = last > began ? last : began;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody is at work there, or it is not ours to remove.
            }
        }
        return last;
    }
}
