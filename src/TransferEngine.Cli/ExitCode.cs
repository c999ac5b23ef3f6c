using TransferEngine.Cli.Reports;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>What the process says to whoever started it. Scripts rely on these numbers.</summary>
internal static class ExitCode
{
    /// <summary>All is there.</summary>
    public const int Complete = 0;

    /// <summary>Some images failed; each is named on standard error and in the report.</summary>
    public const int ImagesFailed = 1;

    /// <summary>The command line, an address or the configuration can't be understood, or the mapping does not fit the source.</summary>
    public const int WrongUsage = 2;

    /// <summary>An endpoint, the journal or the report file can't be used, or a result that was asked for could not be written.</summary>
    public const int Unusable = 3;

    /// <summary>Nothing failed, but there was nothing to do: the selection leaves no image, or the source holds none.</summary>
    public const int NothingSelected = 4;

    /// <summary>Stopped by a signal, as shells count it: 128 and SIGINT.</summary>
    public const int Interrupted = 130;

    private static readonly int[] FromBestToWorst = [Complete, NothingSelected, ImagesFailed, WrongUsage, Unusable, Interrupted];

    public static int Of(MigrationReport report, bool allowEmpty = false) => report switch
    {
        { IsInterrupted: true } => Interrupted,
        { Fatal: { } error } => Of(error),
        { Damage: not null } or { Totals.Failed: > 0 } => ImagesFailed,
        { NothingSelected: not null } => OfNothing(allowEmpty),
        _ => Complete,
    };

    public static int Of(MigrationPlan plan, bool allowEmpty = false) =>
        plan.Damage is not null || plan.Problems.Any(problem => problem.Outcome == ImageOutcome.Failed) ? ImagesFailed
        : plan.NothingSelected is not null ? OfNothing(allowEmpty)
        : Complete;

    public static int Of(VerificationReport report, bool allowEmpty = false) =>
        report.Damage is not null || report.Problems.Count > 0 ? ImagesFailed
        : report.NothingSelected is not null ? OfNothing(allowEmpty)
        : Complete;

    public static int Of(RepairReport repair, bool allowEmpty = false) => repair switch
    {
        { Run: { Fatal: not null } or { IsInterrupted: true } } => Of(repair.Run),
        { Left: { } left } when repair.Found.Damage is null => Of(left),
        _ => Of(repair.Found, allowEmpty),
    };

    public static int Of(TransferError error) => error.Code switch
    {
        ErrorCode.EndpointInvalid or ErrorCode.ConfigurationInvalid or ErrorCode.MappingCollision or ErrorCode.JobDiffers => WrongUsage,
        ErrorCode.NothingSelected => NothingSelected,
        ErrorCode.Interrupted => Interrupted,
        _ => Unusable,
    };

    /// <param name="allowEmpty"><c>--allow-empty</c>: a script expects that at times there is nothing.</param>
    public static int OfNothing(bool allowEmpty) => allowEmpty ? Complete : NothingSelected;

    /// <summary>Which of two says more of what the user has to look into. The numbers themselves have no order.</summary>
    public static int Worst(int one, int other) => Array.IndexOf(FromBestToWorst, one) > Array.IndexOf(FromBestToWorst, other) ? one : other;
}
