using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Sql;

/// <summary>The files of one job, all in the state folder. Readable by their owner alone: they name private repositories.</summary>
internal sealed partial class JobFiles
{
    public const string Extension = ".sqlite";

    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private JobFiles(string folder, string job)
    {
        Folder = folder;
        Job = job;
    }

    public string Job { get; }

    public string Folder { get; }

    public string Database => Path.Combine(Folder, Job + Extension);

    public string WriteAheadLog => Database + "-wal";

    public string Lock => Path.Combine(Folder, Job + ".lock");

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the name can't be the name of a job.</exception>
    public static JobFiles Of(JobStoreOptions options, string job) => IsName(job)
        ? new JobFiles(options.ResolveDirectory(), job)
        : throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"'{Printable.Of(job)}' can't be the name of a job.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Use up to 100 letters, digits, dots, hyphens and underscores, no dot first.",
        });

    // A name is one component of a path, never hidden, never "..".
    public static bool IsName(string job) => NamePattern().IsMatch(job);

    public void CreateFolder() => CreateFolder(Folder);

    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, OwnerFile | UnixFileMode.UserExecute);
    }

    // SQLite gives the log beside it the same mode.
    public void CreateDatabase() => OpenOwned(Database, FileShare.ReadWrite).Dispose();

    public void DeleteDatabase() => DeleteDatabase(Database);

    public static void DeleteDatabase(string path)
    {
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
        File.Delete(path);
    }

    /// <summary>Opens a file, made with the owner's rights alone if it is not there.</summary>
    public static FileStream OpenOwned(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerFile;
        return new FileStream(path, options);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
