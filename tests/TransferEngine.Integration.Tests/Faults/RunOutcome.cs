using TransferEngine.Images;

namespace TransferEngine.Integration.Tests.Faults;

/// <summary>What a run said: of each image, and of itself.</summary>
/// <param name="Images">By <c>repository:tag</c>, each once.</param>
/// <param name="IsComplete">Whether it said that all is there.</param>
/// <param name="IsCut">Whether it said that it had to be given up, or that part of the source could not be read.</param>
/// <param name="Text">All of it, for people.</param>
internal sealed record RunOutcome(IReadOnlyDictionary<string, SaidImage> Images, bool IsComplete, bool IsCut, string Text)
{
    /// <summary>Whether it said that the image is in the target.</summary>
    public bool SaysThere(PlannedImage image) => Images.TryGetValue(image.Display, out var said) && said.IsThere;

    /// <summary>Whether it said that the image is not there: by its name, by that of its repository, or because all was given up.</summary>
    public bool SaysNotThere(PlannedImage image) =>
        Images.TryGetValue(image.Display, out var said) ? !said.IsThere : IsCut || Images.TryGetValue($"{image.Repository}:*", out var all) && !all.IsThere;
}

/// <param name="IsThere">Migrated, or there already.</param>
/// <param name="Digest">As it was said.</param>
/// <param name="Text">What was said, and why.</param>
internal sealed record SaidImage(bool IsThere, Digest? Digest, string Text);
