using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace TransferEngine.TestKit.Telemetry;

/// <summary>
/// What the product's instruments measure from now on, of that what bears one attribute: instruments belong to the process, where other tests
/// run as well.
/// </summary>
public sealed class Measurements : IDisposable
{
    private readonly record struct Taken(string Instrument, double Value, KeyValuePair<string, object?>[] Tags);

    private readonly ConcurrentQueue<Taken> _taken = new();
    private readonly MeterListener _listener = new();
    private readonly KeyValuePair<string, object?> _only;

    public Measurements(string key, object value)
    {
        _only = new(key, value);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "TransferEngine")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All attributes of all measurements, <c>key=value</c>.</summary>
    public IEnumerable<string> Tags => _taken.SelectMany(taken => taken.Tags).Select(Text);

    /// <summary>Sums by instrument and further attributes, as <c>name{key=value} sum</c>, in order.</summary>
    public IReadOnlyList<string> Sums() => Aggregate(values => values.Sum());

    /// <summary>How many there were, in the same form.</summary>
    public IReadOnlyList<string> Counts() => Aggregate(values => values.Count());

    /// <summary>Reads what is only measured when it is asked for. Forgets what was measured before.</summary>
    public IReadOnlyList<string> Observe()
    {
        _taken.Clear();
        _listener.RecordObservableInstruments();
        return Sums();
    }

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var all = tags.ToArray();
        if (all.Any(tag => tag.Key == _only.Key && Equals(tag.Value, _only.Value)))
            _taken.Enqueue(new Taken(instrument.Name, value, all));
    }

    private List<string> Aggregate(Func<IEnumerable<double>, double> fold) => [.. _taken
        .GroupBy(taken => $"{taken.Instrument}{{{string.Join(',', taken.Tags.Where(tag => tag.Key != _only.Key).Select(Text))}}}", taken => taken.Value)
        .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} {fold(group)}"))
        .Order(StringComparer.Ordinal)];

    private static string Text(KeyValuePair<string, object?> tag) => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}");
}
