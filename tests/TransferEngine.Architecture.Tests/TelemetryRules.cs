using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Xunit;

namespace TransferEngine.Architecture.Tests;

/// <summary>Who looks at logs, metrics and traces relies on their names: what the code has and what <c>hocon/telemetry.md</c> says are the same.</summary>
public sealed class TelemetryRules
{
    private static readonly string Document = File.ReadAllText(Path.Combine(SourceTree.Root, "hocon", "telemetry.md"));

    private static readonly IReadOnlyList<Type> Types =
        [.. SourceTree.ProductAssemblies.Where(assembly => assembly.GetName().Name is "TransferEngine" or "TransferEngine.Registry").SelectMany(assembly => assembly.GetTypes())];

    [Fact]
    public void Instruments_are_documented_with_unit_and_kind()
    {
        var instruments = Types.SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => typeof(Instrument).IsAssignableFrom(field.FieldType)).Select(field => (Instrument)field.GetValue(null)!).ToList();
        Assert.All(instruments, instrument => Assert.Equal("TransferEngine", instrument.Meter.Name));
        Assert.Equal(
            instruments.Select(instrument => $"{instrument.Name} | {KindOf(instrument)} | {instrument.Unit}").Order(StringComparer.Ordinal),
            Rows("Metrics").Select(cells => $"{cells[0]} | {cells[1]} | {cells[2]}").Order(StringComparer.Ordinal));
        Assert.All(instruments, instrument => Assert.Matches("^transfer_engine(\\.[a-z]+(_[a-z]+)*)+$", instrument.Name));
    }

    [Fact]
    public void Activities_are_documented()
    {
        var names = Constants("TransferActivity");
        Assert.NotEmpty(names);
        Assert.Equal(names.Order(StringComparer.Ordinal), Rows("Traces").Select(cells => cells[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Attributes_are_documented_and_no_other_is()
    {
        var keys = Constants("TelemetryKeys").Concat(Constants("RequestKeys")).Distinct().ToList();
        Assert.Equal(keys.Order(StringComparer.Ordinal), Rows("Attributes").Select(cells => cells[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Log_events_are_documented_with_their_level_and_no_id_is_used_twice()
    {
        var events = Types.SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => (method.Name, Event: method.GetCustomAttribute<LoggerMessageAttribute>())).Where(pair => pair.Event is not null).ToList();
        Assert.Equal(
            events.Select(pair => $"{pair.Event!.EventId} | {pair.Name} | {pair.Event.Level}").Order(StringComparer.Ordinal),
            Rows("Log events").Select(cells => $"{cells[0]} | {cells[1]} | {cells[2]}").Order(StringComparer.Ordinal));
        Assert.Equal(events.Count, events.Select(pair => pair.Event!.EventId).Distinct().Count());
    }

    private static List<string> Constants(string type) => [.. Types.Where(candidate => candidate.Name == type)
        .SelectMany(found => found.GetFields(BindingFlags.Static | BindingFlags.Public)).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];

    private static string KindOf(Instrument instrument) => Regex.Replace(instrument.GetType().Name, "`.*", "");

    /// <summary>The rows of the table below a heading, each as its cells without backticks.</summary>
    private static List<string[]> Rows(string heading) => [.. Document.Split("\n## ").Single(section => section.StartsWith(heading + "\n", StringComparison.Ordinal))
        .Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
        .Select(line => line.Trim('|', ' ').Split('|').Select(cell => cell.Trim().Trim('`')).ToArray())];
}
