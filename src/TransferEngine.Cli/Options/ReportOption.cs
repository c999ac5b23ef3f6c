using System.CommandLine;
using System.Globalization;

namespace TransferEngine.Cli.Options;

/// <summary>Where the whole result goes.</summary>
internal static class ReportOption
{
    public static Option<string?> Create() => OptionFactory.Value<string?>(
        "--report", "FILE", "Write the whole result, every image with its outcome, as JSON to this file; with several jobs the number of each goes before the extension.", "none");

    /// <summary>The file of one job of several: the second job's report.json is report.2.json.</summary>
    public static string? PathOf(string? path, int index, int count) =>
        path is null || count == 1 ? path : Path.ChangeExtension(path, string.Create(CultureInfo.InvariantCulture, $"{index + 1}{Path.GetExtension(path)}"));
}
