namespace TransferEngine.Images;

/// <summary>
/// Where a program that is to be started lies. Not left to the runtime, which looks beside this program and into the working folder
/// before PATH: there may lie what came with somebody's images.
/// </summary>
public static class Executables
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The first executable file of this name in PATH, by its absolute path; null if there is none.</summary>
    /// <param name="name">A file's name, without a folder.</param>
    /// <param name="path">What PATH holds; entries that are empty or relative mean the working folder to a shell, and nothing here.</param>
    public static string? FindInPath(string name, string? path)
    {
        if (name.Length == 0 || Path.GetFileName(name) != name)
            return null;
        var file = OperatingSystem.IsWindows() && !Path.HasExtension(name) ? name + ".exe" : name;
        return (path ?? "").Split(Path.PathSeparator).Where(Path.IsPathFullyQualified).Select(folder => Path.Join(folder, file)).FirstOrDefault(IsExecutable);
    }

    private static bool IsExecutable(string path)
    {
        try
        {
            // A link itself says nothing of rights.
            var file = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) ?? new FileInfo(path);
            return file is FileInfo { Exists: true } && (OperatingSystem.IsWindows() || (file.UnixFileMode & AnyExecute) != 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
