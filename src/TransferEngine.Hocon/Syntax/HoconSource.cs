namespace TransferEngine.Hocon;

/// <summary>The text of one document and where it came from.</summary>
/// <param name="Name">Path of the file, or a name for text that is in no file.</param>
/// <param name="Text">The whole text.</param>
/// <param name="Path">Full path of the file; null for text that is in no file.</param>
internal sealed record HoconSource(string Name, string Text, string? Path)
{
    public HoconException Error(int offset, string reason)
    {
        var before = Text.AsSpan(0, Math.Min(offset, Text.Length));
        return new HoconException(Name, before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'), reason);
    }
}

/// <summary>A place in a document, for messages.</summary>
internal readonly record struct HoconPosition(HoconSource Source, int Offset)
{
    public HoconException Error(string reason) => Source.Error(Offset, reason);
}
