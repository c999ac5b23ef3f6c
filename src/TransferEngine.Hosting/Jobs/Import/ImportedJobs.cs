using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>What came of a file that was written for another tool.</summary>
/// <param name="File">The jobs; none if nothing could be carried over.</param>
/// <param name="Notes">What the user must know, in the order of the lines.</param>
public sealed record ImportedJobs(JobFile File, IReadOnlyList<ImportNote> Notes)
{
    /// <summary>True if nothing was lost: the notes say only what is left to do.</summary>
    public bool IsComplete => !Notes.Any(note => note.IsLoss);
}

/// <summary>Something in a file that was not simply carried over. Never repeats a secret.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Text">What it is, and what to do about it.</param>
/// <param name="IsLoss">True if the jobs do something else than the file asked for.</param>
public sealed record ImportNote(string File, int? Line, string Text, bool IsLoss)
{
    public override string ToString() => Printable.Whole(Line is null ? $"{File}: {Text}" : $"{File}:{Line}: {Text}");
}
