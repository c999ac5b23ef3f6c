using TransferEngine.Images;
using static TransferEngine.Migrations.MigrationProtocol;

namespace TransferEngine.Migrations;

/// <summary>
/// The source's repositories, pulled one at a time when the supervisor has room: nothing is listed ahead. Belongs to one
/// actor and is touched by no other thread but its own detached task.
/// </summary>
internal sealed class RepositoryFeed(JobRuntime runtime)
{
    private readonly CancellationTokenSource _stop = new();
    private IAsyncEnumerator<SourceRepository>? _repositories;
    private Task _pull = Task.CompletedTask;

    /// <summary>A repository is on its way.</summary>
    public bool IsBusy { get; private set; }

    public bool IsAtEnd { get; private set; }

    /// <summary>Asks for one more; the answer is a <see cref="RepositoryFound"/> or <see cref="FeedFailed"/>, to be given to <see cref="Take"/>.</summary>
    public void Pull(IActorRef receiver)
    {
        IsBusy = true;
        _repositories ??= runtime.Source.ListRepositoriesAsync(_stop.Token).GetAsyncEnumerator(_stop.Token);
        var repositories = _repositories;
        var pull = runtime.Work.RunAsync(async _ => await repositories.MoveNextAsync() ? repositories.Current : null, _stop.Token, runtime.Activity);
        _pull = pull;
        pull.PipeTo(receiver, success: next => new RepositoryFound(next), failure: e => new FeedFailed(runtime.ErrorOf(e)));
    }

    public void Take(bool isLast)
    {
        IsBusy = false;
        IsAtEnd |= isLast;
    }

    public void Stop()
    {
        _stop.Cancel();
        if (_repositories is not { } repositories)
            return;
        _repositories = null;
        var pull = _pull;
        _ = runtime.Work.RunAsync(async _ =>
        {
            await pull.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await repositories.DisposeAsync();
            return true;
        }, CancellationToken.None);
    }
}
