namespace TransferEngine.Hocon;

/// <summary>Bounds on what a document may ask for. Far above any configuration, far below what would hurt.</summary>
internal static class HoconLimits
{
    /// <summary>Characters of one document.</summary>
    public const int Characters = 1024 * 1024;

    /// <summary>Objects and arrays within each other, and keys of one path.</summary>
    public const int Nesting = 100;

    /// <summary>Files that include each other.</summary>
    public const int Includes = 16;

    /// <summary>Substitutions and values within each other while they are resolved.</summary>
    public const int ResolutionDepth = 400;

    /// <summary>Nodes visited and characters copied while substitutions are resolved: the end of every exponential document.</summary>
    public const int ResolutionWork = 1024 * 1024;
}
