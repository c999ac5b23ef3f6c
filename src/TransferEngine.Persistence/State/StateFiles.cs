namespace TransferEngine.Persistence;

/// <summary>Files of the state folder. Readable by their owner alone: they name private repositories.</summary>
internal static class StateFiles
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerFile | UnixFileMode.UserExecute);
    }

    /// <summary>Makes a database's file, with the owner's rights alone, if it is not there. SQLite gives the log beside it the same mode.</summary>
    public static void CreateDatabase(string path)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        // One that is there is not touched: when any handle of a file is closed, POSIX takes all locks that the process has on it, those of SQLite's open
        // connections too. Then the next process that closes the database would take the log away from under them, and what they write into it is lost.
        if (File.Exists(path))
            return;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        try
        {
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Somebody else made it just now.
        }
    }

    public static void DeleteDatabase(string path)
    {
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        File.Delete(path);
    }
}
