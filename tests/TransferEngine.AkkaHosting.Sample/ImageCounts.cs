using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TransferEngine.AkkaHosting.Sample;

/// <summary>Listens to the engine's meter: how many images of each job reached their outcome.</summary>
internal sealed class ImageCounts : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _images = new();
    private readonly MeterListener _listener = new();

    public ImageCounts()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TransferTelemetry.MeterName && instrument.Name == "transfer_engine.images")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, images, tags, _) =>
        {
            foreach (var (key, value) in tags)
            {
                if (key == "transfer_engine.job")
                    _images.AddOrUpdate($"{value}", images, (_, sum) => sum + images);
            }
        });
        _listener.Start();
    }

    public IEnumerable<KeyValuePair<string, long>> Read() => _images.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    public void Dispose() => _listener.Dispose();
}
