using TransferEngine.Images;

namespace TransferEngine.Cli.Wording;

/// <summary>What there was where nothing was selected, in words.</summary>
internal static class SelectionText
{
    public static string Headline(SelectionMiss miss) => $"Nothing selected: {Matched(miss)}";

    /// <summary>Names that are there, for whoever wrote a filter, a prefix or a list that none of them fits.</summary>
    public static string Examples(SelectionMiss miss)
    {
        if (miss.Examples.Count == 0)
            return "nothing";
        var names = string.Join(", ", miss.Examples.Select(Printable.Of));
        var text = miss.Images > miss.Examples.Count || !miss.IsWhole ? $"{names} and others" : names;
        return text;
    }

    /// <summary>The same as an error, for commands whose output is the selection itself.</summary>
    public static TransferError Error(SelectionMiss miss) => new(ErrorCode.NothingSelected, $"{Matched(miss)}.")
    {
        Scope = ErrorScope.Endpoint,
        Hint = miss.Images == 0 ? null : $"There are {Examples(miss)}.",
    };

    private static string Matched(SelectionMiss miss) => miss switch
    {
        { Images: 0 } => "the source holds no image",
        { IsWhole: false } => $"0 of more than {Count.Of(miss.Images)} images matched",
        _ => $"0 of {Count.Of(miss.Images, "image")} matched",
    };
}
