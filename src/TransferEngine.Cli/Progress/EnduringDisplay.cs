using TransferEngine.Images;

namespace TransferEngine.Cli.Progress;

/// <summary>A display whose trouble is its own: once it fails it shows nothing more, and the run goes on.</summary>
internal sealed class EnduringDisplay(IRunDisplay display, CliConsole console) : IRunDisplay
{
    private volatile bool _hasFailed;

    public void Start(IMigrationProgress progress) => Try(() => display.Start(progress));

    public void Show(ImageResult result) => Try(() => display.Show(result));

    public async ValueTask DisposeAsync()
    {
        try
        {
            await display.DisposeAsync();
        }
#pragma warning disable CA1031 // Whatever it is, the result of the run is still to be told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Tell(e);
        }
    }

    private void Try(Action show)
    {
        if (_hasFailed)
            return;
        try
        {
            show();
        }
#pragma warning disable CA1031 // As above.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Tell(e);
        }
    }

    private void Tell(Exception e)
    {
        if (!_hasFailed)
            console.Error.WriteLine($"The display of the run's progress failed, the run goes on: {Printable.Of(e.Message)}");
        _hasFailed = true;
    }
}
