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

    /// <summary>An endpoint, the journal or the report file can't be used.</summary>
    public const int Unusable = 3;

    /// <summary>Stopped by a signal, as shells count it: 128 and SIGINT.</summary>
    public const int Interrupted = 130;

    public static int Of(MigrationReport report) => report switch
    {
        { IsInterrupted: true } => Interrupted,
        { Fatal: { } error } => Of(error),
        { IsComplete: false } => ImagesFailed,
        _ => Complete,
    };

    public static int Of(MigrationPlan plan) =>
        plan.Damage is not null || plan.Problems.Any(problem => problem.Outcome == ImageOutcome.Failed) ? ImagesFailed : Complete;

    public static int Of(VerificationReport report) => report.IsComplete ? Complete : ImagesFailed;

    public static int Of(TransferError error) => error.Code switch
    {
        ErrorCode.EndpointInvalid or ErrorCode.ConfigurationInvalid or ErrorCode.MappingCollision => WrongUsage,
        ErrorCode.Interrupted => Interrupted,
        _ => Unusable,
    };
}
