using TransferEngine.Images;

namespace TransferEngine.Progress;

/// <summary>An observer whose failures stop nothing: it is told no more after the first, and the report says so.</summary>
internal sealed class GuardedObserver(IMigrationObserver observer) : IMigrationObserver
{
    private readonly Lock _lock = new();
    private string? _failure;

    public IReadOnlyList<string> Notes => _failure is { } failure ? [$"Who watched this run failed, and saw no more of it: {failure}"] : [];

    public void OnStarted(IMigrationProgress progress) => Tell(() => observer.OnStarted(progress));

    public void OnImage(ImageResult result) => Tell(() => observer.OnImage(result));

    // Whatever it throws is not the run's trouble.
    private void Tell(Action tell)
    {
        lock (_lock)
        {
            if (_failure is not null)
                return;
            try
            {
                tell();
            }
            catch (Exception e)
            {
                _failure = $"{e.GetType().Name}: {Printable.Of(e.Message)}";
            }
        }
    }
}
