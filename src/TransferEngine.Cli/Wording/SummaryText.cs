using TransferEngine.Cli.Reports;
using TransferEngine.Images;

namespace TransferEngine.Cli.Wording;

/// <summary>What the user reads at the end, on standard output.</summary>
internal static class SummaryText
{
    public static IEnumerable<string> Of(MigrationReport report, string resume)
    {
        var totals = report.Totals;
        yield return $"{Verdict(report)}: {Ends(report.Source, report.Target)} (job {Printable.Of(report.Job)}{(report.IsResumed ? ", resumed" : "")})";
        yield return $"  images  {Count.Of(totals.Migrated)} migrated, {Count.Of(totals.AlreadyThere)} already there, "
            + $"{Count.Of(totals.Skipped)} skipped, {Count.Of(totals.Failed)} failed, in {Count.Of(totals.Repositories, "repository", "repositories")}";
        yield return $"  blobs   {Count.Of(totals.BlobsUploaded)} uploaded ({ByteText.Of(totals.BytesUploaded)}), "
            + (totals.BlobsTaken > 0 ? $"{Count.Of(totals.BlobsTaken)} taken as files ({ByteText.Of(totals.BytesTaken)}), " : "")
            + $"{Count.Of(totals.BlobsMounted)} mounted ({ByteText.Of(totals.BytesMounted)} saved), "
            + $"{Count.Of(totals.BlobsAlreadyThere)} already there ({ByteText.Of(totals.BytesAlreadyThere)})";
        yield return $"  time    {DurationText.Of(report.Elapsed)}, {ByteText.RateOf(Rate(report))}";
        if (report.NothingSelected is { } miss)
            yield return $"  there   {SelectionText.Examples(miss)}";
        if (totals.Trusted > 0)
            yield return $"  note    {Count.Of(totals.Trusted, "image")} taken as there by the word of earlier runs; --repair or transfer verify looks into them.";
        foreach (var note in report.Notes)
            yield return $"  note    {Printable.Whole(note)}";
        if (report.Damage is { } damage)
            yield return $"  damage  {damage}";
        if (report.IsInterrupted || report.Fatal is not null || totals.Failed > 0)
            yield return $"{(report.IsInterrupted || report.Fatal is not null ? "To go on" : "To try the failed images again")}: {resume}";
    }

    public static IEnumerable<string> Of(MigrationPlan plan)
    {
        yield return $"{(plan.NothingSelected is { } none ? SelectionText.Headline(none) : "Plan")}: {Ends(plan.Source, plan.Target)}";
        if (plan.NothingSelected is { } miss)
            yield return $"  there      {SelectionText.Examples(miss)}";
        yield return $"  images     {Count.Of(plan.ImagesToMigrate)} to migrate, {Count.Of(plan.ImagesAlreadyThere)} already there, "
            + $"{Count.Of(plan.Problems.Count)} with problems, in {Count.Of(plan.Repositories, "repository", "repositories")}";
        yield return $"  upload     {Count.Of(plan.BlobsToUpload, "blob")}, {Exactly(plan.BytesToUpload)}";
        yield return $"  mount      {Count.Of(plan.BlobsToMount, "blob")}, {Exactly(plan.BytesToMount)} saved";
        yield return $"  there      {Count.Of(plan.BlobsAlreadyThere, "blob")}, {Exactly(plan.BytesAlreadyThere)}";
        yield return $"  manifests  {Count.Of(plan.ManifestsToPush)} to push";
        foreach (var note in plan.Notes)
            yield return $"  note       {Printable.Whole(note)}";
        if (plan.Damage is { } damage)
            yield return $"  damage     {damage}";
        if (plan.Renames.Count == 0)
            yield break;
        yield return $"  names      {Count.Of(plan.Renames.Count)} changed, {Count.Of(plan.Repositories - plan.Renames.Count)} kept";
        foreach (var rename in plan.Renames)
            yield return $"    {rename.Source} -> {rename.Target}";
    }

    public static IEnumerable<string> Of(VerificationReport report)
    {
        yield return $"{Verdict(report)} ({Ends(report.Source, report.Target)})";
        if (report.NothingSelected is { } miss)
            yield return $"  there   {SelectionText.Examples(miss)}";
        foreach (var note in report.Notes)
            yield return $"  note    {Printable.Whole(note)}";
        if (report.Damage is { } damage)
            yield return $"  damage  {damage}";
    }

    public static IEnumerable<string> Of(RepairReport report)
    {
        foreach (var line in Of(report.Found))
            yield return line;
        if (report.Run is not { } run)
            yield break;
        var count = $"{Count.Of(report.Mended)} of {Count.Of(report.Found.Problems.Count, "image")}";
        yield return report switch
        {
            { Left: null } when run.IsInterrupted => "Interrupted while it was mended: the same command again begins anew.",
            { Left: null } => "Given up while it was mended: the same command again begins anew.",
            { Left.Problems.Count: 0 } => $"Mended: {count}, and looked at again",
            _ => $"Mended in part: {count}",
        };
        yield return $"  blobs   {Count.Of(run.Totals.BlobsUploaded)} uploaded ({ByteText.Of(run.Totals.BytesUploaded)}), "
            + $"{Count.Of(run.Totals.BlobsTaken)} taken as files ({ByteText.Of(run.Totals.BytesTaken)}), {Count.Of(run.Totals.BlobsMounted)} mounted";
        foreach (var note in run.Notes.Except(report.Found.Notes))
            yield return $"  note    {Printable.Whole(note)}";
    }

    // Only what this run has put there or looked at is called complete.
    private static string Verdict(MigrationReport report) => report switch
    {
        { IsInterrupted: true } => "Interrupted",
        { Fatal: not null } => "Given up",
        { Damage: not null } or { Totals.Failed: > 0 } => "Incomplete",
        { NothingSelected: { } miss } => SelectionText.Headline(miss),
        { IsChecked: true } => "Complete",
        { Totals.Migrated: 0 } => "Up to date",
        _ => "Done",
    };

    private static string Verdict(VerificationReport report)
    {
        var images = Count.Of(report.Verified, "image");
        return report switch
        {
            { IsComplete: true } => $"Verified: {images}, all there",
            { Damage: null, Problems.Count: 0, NothingSelected: { } miss } => SelectionText.Headline(miss),
            _ => $"Differs: {images} all there, {Count.Of(report.Problems.Count)} missing or different",
        };
    }

    // An address may be any path.
    private static string Ends(string source, string target) => $"{Printable.Whole(source)} -> {Printable.Whole(target)}";

    private static string Exactly(long bytes) => bytes < 1024 ? ByteText.Of(bytes) : $"{ByteText.Of(bytes)} ({Count.Of(bytes)} bytes)";

    private static double Rate(MigrationReport report) =>
        report.Elapsed > TimeSpan.Zero ? (report.Totals.BytesUploaded + report.Totals.BytesTaken) / report.Elapsed.TotalSeconds : 0;
}
