namespace TransferEngine.Cli.Reports;

/// <summary>What a verification found, and what became of it when it was told to mend that.</summary>
/// <param name="Found">The verification.</param>
/// <param name="Run">The migration that put what was missing into the target; null if nothing was.</param>
/// <param name="Left">A second verification of every repository in which something differed; null if there was none, or if the migration did not end.</param>
internal sealed record RepairReport(VerificationReport Found, MigrationReport? Run, VerificationReport? Left)
{
    /// <summary>Images that differed and don't any more.</summary>
    public int Mended => Left is null ? 0 : Found.Problems.Count - Left.Problems.Count;

    public bool IsComplete => Found.Damage is null && Found.NothingSelected is null && (Left?.IsComplete ?? Found.IsComplete);
}
