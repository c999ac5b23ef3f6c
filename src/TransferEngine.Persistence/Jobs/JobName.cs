using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>What a job can be called: a name that can stand in a path, in a database's id, and on a command line.</summary>
internal static partial class JobName
{
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the name can't be the name of a job.</exception>
    public static string Check(string job) => Pattern().IsMatch(job) ? job
        : throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"'{Printable.Of(job)}' can't be the name of a job.")
        {
            Scope = ErrorScope.Endpoint,
            Hint = "Use up to 100 letters, digits, dots, hyphens and underscores, no dot first.",
        });

    /// <summary>A pattern for LIKE, with a backslash as its escape: the ids of a job's persistent actors, and no other's.</summary>
    public static string IdsOf(string job) => $"{job.Replace("_", @"\_", StringComparison.Ordinal)}/%";

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
