using TransferEngine.Images;
using TransferEngine.Telemetry;
using static TransferEngine.Migrations.MigrationProtocol;

namespace TransferEngine.Migrations;

/// <summary>
/// The repositories that a run has open, and what has been said of their images: each is counted and told once, however often it is reported.
/// Used by the supervisor alone.
/// </summary>
internal sealed class RepositoryWindow(JobRuntime runtime)
{
    private readonly Dictionary<RepositoryName, OpenRepository> _open = [];

    public int Count => _open.Count;

    public OpenRepository? Find(RepositoryName repository) => _open.GetValueOrDefault(repository);

    public OpenRepository Open(RepositoryName repository, bool openedBefore)
    {
        var place = new OpenRepository(repository, openedBefore);
        _open.Add(repository, place);
        runtime.Meter.CountRepository();
        runtime.Meter.OpenRepositories = Count;
        return place;
    }

    public void Close(OpenRepository place)
    {
        _open.Remove(place.Name);
        runtime.Meter.OpenRepositories = Count;
    }

    /// <summary>Closes what nobody works on. Returns those who do.</summary>
    public IReadOnlyList<IActorRef> CloseIdle()
    {
        foreach (var place in _open.Values.Where(place => place.Actor is null).ToList())
            Close(place);
        return [.. _open.Values.Select(place => place.Actor!)];
    }

    public void OnImages(ImagesDone done)
    {
        if (Find(done.Repository) is not { } place)
            return;
        foreach (var result in done.Results)
            Report(place, result);
    }

    /// <summary>A repository has brought all its images to their outcome: what is put on record of that. Null if it was said before.</summary>
    public RepositoryCompleted? OnDone(RepositoryDone done)
    {
        if (Find(done.Repository) is not { IsDone: false } place)
            return null;
        place.IsDone = true;
        return place.Completed;
    }

    /// <summary>A child of the supervisor failed. Where it worked on a repository, that is why it will be gone.</summary>
    public void NoteFailure(IActorRef actor, Exception exception)
    {
        runtime.NoteFailure(actor, exception);
        if (_open.Values.FirstOrDefault(place => actor.Equals(place.Actor)) is { } place)
            place.LastFailure = Caught.ErrorOf(exception);
    }

    /// <summary>The repository failed: how long to wait before it is opened again; null if it is given up, which is told.</summary>
    public TimeSpan? OnFailed(OpenRepository place)
    {
        var reason = place.Reason;
        if (place.NextPause(runtime.Options) is { } pause)
        {
            runtime.Meter.CountRepositoryRetry(reason);
            TransferLog.RepositoryReopened(runtime.Log, runtime.Name, place.Name, pause, reason.Code, reason.Message);
            return pause;
        }
        TransferLog.RepositoryQuarantined(runtime.Log, runtime.Name, place.Name, reason.Code, reason.Message);
        Report(place, new ImageResult(place.Name.ToString(), "*", ImageOutcome.Failed, null, reason with { Repository = place.Name }));
        return null;
    }

    /// <summary>Tells the result of an image of no repository that is open.</summary>
    public void Report(ImageResult result)
    {
        runtime.Meter.Count(result);
        TransferLog.ImageEnded(runtime.Log, runtime.Name, result);
        runtime.Observer.OnImage(result);
    }

    private void Report(OpenRepository place, ImageResult result)
    {
        if (place.Count(result))
            Report(result);
    }
}
