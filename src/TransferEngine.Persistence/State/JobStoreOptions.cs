namespace TransferEngine.Persistence;

/// <summary>
/// Where the state of jobs is kept. Bound from the configuration section <c>transfer-engine.journal</c>.
/// </summary>
public sealed class JobStoreOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "transfer-engine:journal";

    /// <summary>
    /// The folder with the jobs' database. Empty: <c>$XDG_STATE_HOME/transfer-engine</c>, else <c>~/.local/state/transfer-engine</c>
    /// (on Windows <c>transfer-engine</c> below the local application data).
    /// </summary>
    public string StateDirectory { get; set; } = "";

    /// <summary>
    /// A database of PostgreSQL for the jobs, where several machines share them, as Npgsql's connection string
    /// (<c>Host=db.example.org;Database=transfer;Username=mover</c>); the password is better kept in the file that <c>PGPASSFILE</c> names. Empty: SQLite in
    /// the state folder.
    /// </summary>
    public string Database { get; set; } = "";

    /// <summary>The full path of that folder; it need not exist.</summary>
    public string ResolveDirectory() => StateDirectory.Length > 0 ? Path.GetFullPath(StateDirectory) : DefaultDirectory();

    // The XDG base directory specification: a relative value is to be ignored.
    private static string DefaultDirectory()
    {
        if (OperatingSystem.IsWindows())
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "transfer-engine");
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(Path.IsPathRooted(state) ? state : Path.Combine(home, ".local", "state"), "transfer-engine");
    }
}
