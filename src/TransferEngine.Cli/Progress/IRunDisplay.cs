namespace TransferEngine.Cli.Progress;

/// <summary>Shows how a run goes. Disposing ends the display, whatever it was showing.</summary>
internal interface IRunDisplay : IAsyncDisposable
{
    void Start(IMigrationProgress progress);

    /// <summary>Called for every image, one call at a time.</summary>
    void Show(ImageResult result);
}
