namespace TransferEngine.AkkaHosting.Sample;

/// <summary>Acts when a job's first image is there.</summary>
internal sealed class FirstImage(Action act) : IMigrationObserver
{
    private bool _isThere;

    public void OnStarted(IMigrationProgress progress)
    {
    }

    public void OnImage(ImageResult result)
    {
        if (_isThere)
            return;
        _isThere = true;
        act();
    }
}
