using System.CommandLine;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Options;

/// <summary>How a migration goes about its work.</summary>
internal sealed class JobOptions
{
    private readonly Option<string?> _name = OptionFactory.Value<string?>(
        "--job", "NAME", "Name under which the state is kept, so that a later run goes on.", "made from SOURCE and TARGET");

    private readonly Option<bool> _restart = OptionFactory.Flag("--restart", "Forget what earlier runs of this job did.");

    private readonly Option<bool> _trustJournal = OptionFactory.Flag(
        "--trust-journal", "Believe the journal about what earlier runs pushed, and ask the target nothing about it: what the target has lost since, "
        + "by deletions, a garbage collection or an older backup, is not noticed then.");

    private readonly Option<bool> _repair = OptionFactory.Flag(
        "--repair", "Look at the target for everything that the images name, down to the last blob, whatever earlier runs did, and put there what is missing.");

    private readonly Option<bool> _noHash = OptionFactory.Flag(
        "--no-hash", "Don't hash blobs that the target takes as files, by link or copy: what is damaged at the source is then damaged at the target, and nobody says so.");

    private readonly Option<bool> _verifySource = OptionFactory.Flag(
        "--verify-source", "Hash every blob while it is read, before the target is told to keep it.");

    private readonly Option<string?> _limitRate = OptionFactory.Value<string?>(
        "--limit-rate", "RATE", "Bytes per second for all uploads together, like 50MiB or 10M; 0 is no limit.", "0");

    private readonly Option<int?> _pushers = OptionFactory.Value<int?>(
        "--pushers", "N", "Blobs uploaded at once.", $"the configuration's pushers, else {new EngineOptions().Pushers}");

    public JobOptions(Command command)
    {
        // Here, not when the job is made: wrong usage is told before any endpoint is opened.
        _limitRate.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var rate }] && !ByteText.TryParseRate(rate, out _))
                result.AddError("Write the rate like 50MiB, 10M or 0.");
        });
        command.Add(_name);
        command.Add(_restart);
        command.Add(_trustJournal);
        command.Add(_repair);
        command.Add(_noHash);
        command.Add(_verifySource);
        command.Add(_limitRate);
        command.Add(_pushers);
    }

    /// <summary>What a command that goes on with the run must not repeat.</summary>
    public IReadOnlySet<Option> NotForResume => new HashSet<Option> { _restart };

    /// <summary>What says nothing about a job, only about this run of it.</summary>
    public IEnumerable<Option> OfTheRun => [_restart, _repair, _noHash, _pushers];

    /// <summary>What of this run holds for a job whose file says the rest.</summary>
    /// <exception cref="UsageException">The job trusts its journal, and shall be repaired.</exception>
    public MigrationJob ApplyToRun(ParseResult parse, MigrationJob job) => parse.GetValue(_repair) && job.TrustJournal
        ? throw new UsageException("--repair looks at the target, --trust-journal does not: only one of them can be meant.")
        : job with { Restart = parse.GetValue(_restart), Repair = parse.GetValue(_repair), HashFiles = job.HashFiles && !parse.GetValue(_noHash) };

    /// <inheritdoc cref="ApplyToRun" path="/exception"/>
    public MigrationJob Apply(ParseResult parse, MigrationJob job)
    {
        var limit = ByteText.TryParseRate(parse.GetValue(_limitRate) ?? "0", out var bytesPerSecond) ? bytesPerSecond : 0;
        var applied = job with
        {
            TrustJournal = parse.GetValue(_trustJournal),
            VerifySource = parse.GetValue(_verifySource),
            LimitRate = limit,
        };
        return ApplyToRun(parse, parse.GetValue(_name) is { } name ? applied with { Name = name } : applied);
    }

    public Action<EngineOptions>? Configure(ParseResult parse) =>
        parse.GetValue(_pushers) is { } pushers ? options => options.Pushers = pushers : null;
}
