using TransferEngine.Images;
using TransferEngine.Selection;

namespace TransferEngine;

/// <summary>What a source holds of which nothing was selected.</summary>
/// <param name="Images">How many images it has.</param>
/// <param name="IsWhole">False if the counting was given up before the end: there are more.</param>
/// <param name="Examples">A few of their names.</param>
public sealed record SelectionMiss(long Images, bool IsWhole, IReadOnlyList<string> Examples)
{
    /// <summary>Those of <see cref="Images"/> that have no tag, and are taken only if that is asked for (<see cref="MigrationJob.Untagged"/>).</summary>
    public long Untagged { get; init; }

    /// <summary>Counts what a source holds, for who selects images without a job. Null if it can't be listed any more, or the counting was stopped.</summary>
    public static Task<SelectionMiss?> FindAsync(IImageSource source, CancellationToken cancellationToken) => SelectionCensus.FindAsync(source, cancellationToken);
}
