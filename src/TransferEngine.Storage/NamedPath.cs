namespace TransferEngine.Storage;

/// <summary>
/// An address as skopeo's users write it, <c>PATH[:NAME]</c>, where both may hold colons and slashes. What exists decides: the longest part
/// of the address that exists, up to a slash, a colon or its end, belongs to the path with all its colons, and the next colon begins the
/// name. Where nothing exists, that is the first one, as for skopeo.
/// </summary>
/// <param name="Path">As written.</param>
/// <param name="Name">What stands behind the colon; null if there is none.</param>
public readonly record struct NamedPath(string Path, string? Name)
{
    public static NamedPath Parse(string text)
    {
        var colon = text.IndexOf(':', EndOfExisting(text));
        return colon < 0 ? new NamedPath(text, null) : new NamedPath(text[..colon], text[(colon + 1)..]);
    }

    private static int EndOfExisting(string text)
    {
        // A Windows path has a colon of its own behind the drive's letter.
        var first = OperatingSystem.IsWindows() && text is [_, ':', '\\' or '/', ..] ? 2 : 0;
        for (var end = text.Length; end > first; end = text.AsSpan(0, end).LastIndexOfAny("/:"))
            if (System.IO.Path.Exists(text[..end]))
                return end;
        return first;
    }
}
