using NuGet.Versioning;

namespace TransferEngine.Selection;

/// <summary>One comparison of a range: an operator and a version.</summary>
internal sealed record VersionBound(VersionRange Range, bool IsExcluded = false)
{
    // No version is above all of them.
    private static readonly VersionBound Nothing = new(VersionRange.All, IsExcluded: true);

    public bool Contains(NuGetVersion version) => Range.Satisfies(version) != IsExcluded;

    public static VersionBound Of(string comparison, PartialVersion version)
    {
        var (floor, isWhole) = (version.Floor, version.Given == 3);
        return comparison switch
        {
            "" or "=" => Same(version),
            "!=" => Same(version) with { IsExcluded = true },
            ">=" or "=>" => Between(floor, null),
            ">" when isWhole => new VersionBound(new VersionRange(floor, includeMinVersion: false)),
            ">" => version.Ceiling is { } ceiling ? Between(ceiling, null) : Nothing,
            "<" => version.Given == 0 ? Nothing : Between(null, LowestOf(floor)),
            "<=" or "=<" => isWhole ? new VersionBound(new VersionRange(null, false, floor, true)) : Between(null, version.Ceiling),
            "^" => Between(floor, version.CaretCeiling),
            _ => Between(floor, version.TildeCeiling),
        };
    }

    private static VersionBound Same(PartialVersion version) => version.Given == 3
        ? new VersionBound(new VersionRange(version.Floor, true, version.Floor, true))
        : Between(version.Floor, version.Ceiling);

    private static VersionBound Between(NuGetVersion? floor, NuGetVersion? ceiling) =>
        new(new VersionRange(floor, includeMinVersion: true, ceiling, includeMaxVersion: false));

    // Below 2.0 means below its pre-releases too, unless one is named.
    private static NuGetVersion LowestOf(NuGetVersion version) =>
        version.IsPrerelease ? version : new NuGetVersion(version.Major, version.Minor, version.Patch, "0");
}
