namespace TransferEngine.Cli.Wording;

/// <summary>What the user reads at the end, on standard output.</summary>
internal static class SummaryText
{
    public static IEnumerable<string> Of(MigrationReport report, string resume)
    {
        var totals = report.Totals;
        yield return $"{Verdict(report)}: {report.Source} -> {report.Target} (job {report.Job}{(report.IsResumed ? ", resumed" : "")})";
        yield return $"  images  {Count.Of(totals.Migrated)} migrated, {Count.Of(totals.AlreadyThere)} already there, "
            + $"{Count.Of(totals.Skipped)} skipped, {Count.Of(totals.Failed)} failed, in {Count.Of(totals.Repositories, "repository", "repositories")}";
        yield return $"  blobs   {Count.Of(totals.BlobsUploaded)} uploaded ({ByteText.Of(totals.BytesUploaded)}), "
            + (totals.BlobsTaken > 0 ? $"{Count.Of(totals.BlobsTaken)} taken as files ({ByteText.Of(totals.BytesTaken)}), " : "")
            + $"{Count.Of(totals.BlobsMounted)} mounted ({ByteText.Of(totals.BytesMounted)} saved), "
            + $"{Count.Of(totals.BlobsAlreadyThere)} already there ({ByteText.Of(totals.BytesAlreadyThere)})";
        yield return $"  time    {DurationText.Of(report.Elapsed)}, {ByteText.RateOf(Rate(report))}";
        foreach (var note in report.Notes)
            yield return $"  note    {note}";
        if (report.Damage is { } damage)
            yield return $"  damage  {damage}";
        if (report.IsInterrupted || report.Fatal is not null || totals.Failed > 0)
            yield return $"{(report.IsInterrupted || report.Fatal is not null ? "To go on" : "To try the failed images again")}: {resume}";
    }

    public static IEnumerable<string> Of(MigrationPlan plan)
    {
        yield return $"Plan: {plan.Source} -> {plan.Target}";
        yield return $"  images     {Count.Of(plan.ImagesToMigrate)} to migrate, {Count.Of(plan.ImagesAlreadyThere)} already there, "
            + $"{Count.Of(plan.Problems.Count)} with problems, in {Count.Of(plan.Repositories, "repository", "repositories")}";
        yield return $"  upload     {Count.Of(plan.BlobsToUpload, "blob")}, {Exactly(plan.BytesToUpload)}";
        yield return $"  mount      {Count.Of(plan.BlobsToMount, "blob")}, {Exactly(plan.BytesToMount)} saved";
        yield return $"  there      {Count.Of(plan.BlobsAlreadyThere, "blob")}, {Exactly(plan.BytesAlreadyThere)}";
        yield return $"  manifests  {Count.Of(plan.ManifestsToPush)} to push";
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
        var images = Count.Of(report.Verified, "image");
        yield return report.IsComplete
            ? $"Verified: {images}, all there ({report.Source} -> {report.Target})"
            : $"Differs: {images} all there, {Count.Of(report.Problems.Count)} missing or different ({report.Source} -> {report.Target})";
        if (report.Damage is { } damage)
            yield return $"  damage  {damage}";
    }

    private static string Verdict(MigrationReport report) => report switch
    {
        { IsInterrupted: true } => "Interrupted",
        { Fatal: not null } => "Given up",
        { IsComplete: false } => "Incomplete",
        _ => "Complete",
    };

    private static string Exactly(long bytes) => bytes < 1024 ? ByteText.Of(bytes) : $"{ByteText.Of(bytes)} ({Count.Of(bytes)} bytes)";

    private static double Rate(MigrationReport report) =>
        report.Elapsed > TimeSpan.Zero ? (report.Totals.BytesUploaded + report.Totals.BytesTaken) / report.Elapsed.TotalSeconds : 0;
}
