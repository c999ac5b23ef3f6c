using TransferEngine.Cli.Reports;
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
        var names = string.Join(", ", miss.Examples.Select(Printable.Whole));
        var text = miss.Images > miss.Examples.Count || !miss.IsWhole ? $"{names} and others" : names;
        return miss.Untagged == 0 ? text : $"{text}; {Count.Of(miss.Untagged)} without a tag, which --untagged takes";
    }

    /// <summary>The same as an error, for commands whose output is the selection itself.</summary>
    public static TransferError Error(SelectionMiss miss) => new(ErrorCode.NothingSelected, $"{char.ToUpperInvariant(Matched(miss)[0])}{Matched(miss)[1..]}.")
    {
        Scope = ErrorScope.Endpoint,
        Hint = miss.Examples.Count == 0 ? null : $"There are {Examples(miss)}.",
    };

    /// <summary>What there is; as good as nothing is known of it where it can't be listed any more.</summary>
    public static async Task<SelectionMiss> FindAsync(IImageSource source, CancellationToken cancellationToken)
    {
        var miss = await SelectionMiss.FindAsync(source, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return miss ?? new SelectionMiss(0, IsWhole: false, []);
    }

    /// <summary>Says it where there is no report to say it.</summary>
    /// <returns>The exit code.</returns>
    public static int Tell(CliConsole console, SelectionMiss miss, bool allowEmpty, bool json)
    {
        var error = Error(miss);
        console.Error.WriteLine($"transfer: {error}");
        if (json && !allowEmpty)
            JsonLine.Write(console.Out, writer => EventJson.Error(writer, error));
        return ExitCode.OfNothing(allowEmpty);
    }

    private static string Matched(SelectionMiss miss) => miss switch
    {
        { Images: 0, IsWhole: true } => "the source holds no image",
        { Images: 0 } => "no image matched",
        { IsWhole: false } => $"0 of more than {Count.Of(miss.Images)} images matched",
        _ => $"0 of {Count.Of(miss.Images, "image")} matched",
    };
}
