using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>Where the whole result goes.</summary>
internal static class ReportOption
{
    public static Option<string?> Create() => OptionFactory.Value<string?>(
        "--report", "FILE", "Write the whole result, every image with its outcome, as JSON to this file.", "none");
}
