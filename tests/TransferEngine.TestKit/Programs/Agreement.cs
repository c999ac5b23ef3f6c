using System.Text.Json;
using Xunit;

namespace TransferEngine.TestKit.Programs;

/// <summary>
/// What <c>transfer migrate</c> said of each image, <c>transfer verify</c> with the same ends and options has to say right after it: what
/// was moved or found is there, what failed is not, and no image is known to one of them alone. Of images that were believed by the
/// journal's word it may find out more.
/// </summary>
public sealed class Agreement : IDisposable
{
    private const int Complete = 0;
    private const int ImagesFailed = 1;
    private const int Unusable = 3;
    private const int NothingSelected = 4;
    private const int Interrupted = 130;

    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;

    // How a run works, and nothing of what has to be in the target afterwards.
    private static readonly string[] Flags = ["--restart", "--trust-journal", "--repair", "--no-hash", "--verify-source", "--json"];
    private static readonly string[] Values = ["--job", "--limit-rate", "--pushers", "--report"];

    private readonly TemporaryFolder _folder = new();
    private readonly string? _migrated;
    private readonly string _verified;
    private readonly DateTime _earlier;

    private Agreement(string[] arguments, bool mayReport)
    {
        // The program may run as another user than the tests.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, Everybody);
        _verified = _folder.Of("verification.json");
        var report = Array.IndexOf(arguments, "--report");
        _migrated = report >= 0 ? arguments[report + 1] : mayReport ? _folder.Of("migration.json") : null;
        _earlier = Written;
        Migration = report < 0 && mayReport ? [.. arguments, "--report", _migrated!] : arguments;
        Verification = ["verify", .. Common(arguments[1..]), "--report", _verified];
    }

    /// <summary>The arguments of the migration, with a report.</summary>
    public string[] Migration { get; }

    /// <summary>The arguments of the verification that has to say the same.</summary>
    public string[] Verification { get; }

    private DateTime Written => _migrated is null ? default : File.GetLastWriteTimeUtc(_migrated);

    /// <param name="arguments">The command line.</param>
    /// <param name="mayReport">Whether the migration can be given a report where it has none: then each image is compared, else the exit codes.</param>
    /// <returns>Null where there is nothing to agree on, because the command is another one.</returns>
    public static Agreement? Of(string[] arguments, bool mayReport = true) => arguments is ["migrate", ..] ? new Agreement(arguments, mayReport) : null;

    /// <summary>Whether a run that ended so has said anything of images: not where it was used wrongly or killed.</summary>
    public static bool IsDue(int exitCode) => exitCode is Complete or ImagesFailed or Unusable or NothingSelected or Interrupted;

    /// <param name="migration">The exit code of the migration.</param>
    /// <param name="verification">The exit code of the verification.</param>
    /// <param name="said">What both said: it is told with each difference.</param>
    public void Demand(int migration, int verification, string said)
    {
        var run = Written == _earlier ? null : Report.Read(_migrated!);
        Assert.True(Fits(migration, verification, run), $"The migration ended with {migration}, the verification after it with {verification}.\n{said}");
        Assert.True(run is not null || _migrated is null || migration is Unusable or Interrupted, $"The migration left no report.\n{said}");
        if (run is null || verification == Unusable)
            return;
        var found = Report.Read(_verified);
        foreach (var (image, one) in run.Images.Where(image => image.Value != Said.Believed))
            Assert.True((one == Said.Failed) == (found.Images.GetValueOrDefault(image) == Said.Failed),
                $"Of {image} the migration said {one}, the verification {found.Images.GetValueOrDefault(image)}.\n{said}");
        if (migration is Complete or ImagesFailed)
            Assert.True(run.Images.Keys.ToHashSet().SetEquals(found.Images.Keys), $"They name different images: {run}; {found}.\n{said}");
    }

    public void Dispose() => _folder.Dispose();

    private static bool Fits(int migration, int verification, Report? run) => migration switch
    {
        Complete => verification == Complete || (verification == ImagesFailed && run is not null && run.Images.ContainsValue(Said.Believed)),
        // It may have had all in place by then, or next to nothing.
        Interrupted => verification is Complete or ImagesFailed,
        // Of an end that can't be used nothing is known; or all is there, and could not be told.
        Unusable => run is not { IsComplete: true } || verification == Complete,
        _ => verification == migration,
    };

    private static IEnumerable<string> Common(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (Values.Contains(arguments[i]))
                i++;
            else if (!Flags.Contains(arguments[i]))
                yield return arguments[i];
        }
    }

    private enum Said
    {
        Nothing,
        There,
        Believed,
        Skipped,
        Failed,
    }

    private sealed record Report(bool IsComplete, Dictionary<string, Said> Images)
    {
        public static Report Read(string path)
        {
            using var text = JsonDocument.Parse(File.ReadAllBytes(path));
            var images = new Dictionary<string, Said>(StringComparer.Ordinal);
            foreach (var image in text.RootElement.GetProperty("images").EnumerateArray())
            {
                var name = $"{image.GetProperty("repository").GetString()} {image.GetProperty("name").GetString()}";
                var said = image.GetProperty("outcome").GetString() switch
                {
                    "failed" => Said.Failed,
                    "skipped" => Said.Skipped,
                    _ => image.TryGetProperty("trusted", out _) ? Said.Believed : Said.There,
                };
                if (!images.TryAdd(name, said) && said == Said.Failed)
                    images[name] = said;
            }
            return new Report(text.RootElement.GetProperty("isComplete").GetBoolean(), images);
        }

        public override string ToString() => string.Join(", ", Images.Keys);
    }
}
