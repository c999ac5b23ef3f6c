using System.Text.Json;
using TransferEngine.Cli.Wording;

namespace TransferEngine.Cli.Reports;

/// <summary>How the result of a run is told.</summary>
/// <param name="ExitCode">What the process says of it.</param>
/// <param name="Json">Its properties in reports and events.</param>
/// <param name="Text">Its lines for people.</param>
internal sealed record ResultForm<T>(Func<T, int> ExitCode, Action<Utf8JsonWriter, T> Json, Func<T, IEnumerable<string>> Text)
{
    public void Write(Utf8JsonWriter writer, T result)
    {
        Json(writer, result);
        writer.WriteNumber("exitCode", ExitCode(result));
    }
}

/// <summary>The forms of the three kinds of runs.</summary>
internal static class ResultForms
{
    /// <param name="resume">The command that goes on with the run.</param>
    /// <param name="allowEmpty">Nothing selected is a success.</param>
    public static ResultForm<MigrationReport> Migration(string resume, bool allowEmpty = false) =>
        new(report => Cli.ExitCode.Of(report, allowEmpty), ResultJson.Migration, report => SummaryText.Of(report, resume));

    public static ResultForm<VerificationReport> Verification(bool allowEmpty = false) =>
        new(report => Cli.ExitCode.Of(report, allowEmpty), ResultJson.Verification, SummaryText.Of);

    public static ResultForm<RepairReport> Repair(bool allowEmpty = false) =>
        new(report => Cli.ExitCode.Of(report, allowEmpty), ResultJson.Repair, SummaryText.Of);
}
