namespace TransferEngine.Hocon;

/// <summary>Joins texts that stand side by side.</summary>
internal static class HoconText
{
    /// <summary>Quoted if any part is: a unit after a quoted number is the writer's text, not ours to read.</summary>
    public static TextNode Join(HoconPosition position, IEnumerable<TextNode> parts)
    {
        var all = parts.ToArray();
        return new TextNode(position, string.Concat(all.Select(part => part.Text)), Array.Exists(all, part => part.IsQuoted));
    }
}
