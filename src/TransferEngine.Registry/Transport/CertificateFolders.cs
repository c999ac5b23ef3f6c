namespace TransferEngine.Registry;

/// <summary>The folders in which users and machines keep certificates by registry (containers-certs.d(5), docker's <c>certs.d</c>).</summary>
internal static class CertificateFolders
{
    /// <summary>The folders that hold one folder per <c>host[:port]</c>: the user's, then the machine's.</summary>
    public static IReadOnlyList<string> Roots(Func<string, string?> environment)
    {
        var configuration = environment("XDG_CONFIG_HOME") is { Length: > 0 } named ? named
            : environment("HOME") is { Length: > 0 } home ? Path.Join(home, ".config") : null;
        return [.. configuration is null ? [] : new[] { Path.Join(configuration, "containers/certs.d") }, "/etc/containers/certs.d", "/etc/docker/certs.d"];
    }

    /// <summary>The first folder for the host that this user may look into; null if there is none.</summary>
    public static string? Find(string host, IEnumerable<string> roots) =>
        host is "." or ".." ? null : roots.Select(root => Path.Join(root, host)).FirstOrDefault(IsUsable);

    // Docker's is often for root alone: then it is not meant for this user.
    private static bool IsUsable(string folder)
    {
        try
        {
            return Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
