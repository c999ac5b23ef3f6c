using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Telemetry;

namespace TransferEngine.Repositories;

/// <summary>
/// What a repository tells the supervisor. Each report has a number, and is kept to be told again until the supervisor has said that it has
/// it; there the same report twice is one. Used by the repository's actor alone.
/// </summary>
internal sealed class RepositoryReports(IActorRef supervisor, RepositoryName repository)
{
    // Results travel between nodes in messages of a bounded size.
    private const int MostResults = 100;

    private readonly SortedDictionary<long, object> _untaken = [];
    private readonly List<ImageResult> _noted = [];
    private long _last;
    private bool _isDone;

    /// <summary>Images whose outcome is clear at once, to be told together. What needs no work is in the trace too.</summary>
    public void Note(ActivityContext trace, Digest? digest, IReadOnlyList<ImageResult> results, IReadOnlyList<SourceImage> images)
    {
        TransferActivity.StartImage(trace, repository, digest, images).End(results);
        _noted.AddRange(results);
    }

    public void TellNoted()
    {
        Tell(_noted);
        _noted.Clear();
    }

    /// <summary>Images have reached their outcome.</summary>
    public void Tell(IReadOnlyCollection<ImageResult> results)
    {
        foreach (var some in results.Chunk(MostResults))
            Tell(number => new MigrationProtocol.ImagesDone(number, repository, some));
    }

    /// <summary>Nothing more can be had from an endpoint.</summary>
    public void TellLost(TransferError error) => Tell(number => new MigrationProtocol.EndpointLost(number, error));

    public void OnTaken(MigrationProtocol.ReportTaken taken) => _untaken.Remove(taken.Number);

    /// <summary>Tells once more whatever the supervisor may not know.</summary>
    public void TellAgain()
    {
        foreach (var report in _untaken.Values)
            supervisor.Tell(report);
    }

    /// <summary>
    /// Nothing more will be told. The supervisor learns that when it has all else, and counts; true when it has this word too.
    /// </summary>
    public bool TellDone()
    {
        if (_untaken.Count > 0 || _isDone)
            return _untaken.Count == 0;
        _isDone = true;
        Tell(number => new MigrationProtocol.RepositoryDone(number, repository));
        return false;
    }

    private void Tell(Func<long, object> reportOf)
    {
        var report = reportOf(++_last);
        _untaken.Add(_last, report);
        supervisor.Tell(report);
    }
}
