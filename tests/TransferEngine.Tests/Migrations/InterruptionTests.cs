using System.Runtime.CompilerServices;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>A run that is stopped, or watched by somebody who fails, leaves nothing behind and loses nothing.</summary>
public sealed class InterruptionTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task A_stopped_run_cancels_every_session_that_it_opened()
    {
        for (var i = 0; i < 20; i++)
            _migration.Source.AddImage($"r{i}", "v1", $"layer {i}");
        using var stop = new CancellationTokenSource();
        var writing = 0;
        _migration.Target.Before = async (request, token) =>
        {
            if (!request.StartsWith("PUT-BLOB", StringComparison.Ordinal))
                return;
            if (Interlocked.Increment(ref writing) == _migration.Options.Pushers)
                await stop.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        Assert.True((await _migration.RunAsync(cancellationToken: stop.Token)).IsInterrupted);
        Assert.Equal(_migration.Options.Pushers, _migration.Target.Count("START"));
        Assert.Equal(_migration.Options.Pushers, _migration.Target.Count("CANCEL"));
    }

    [Fact]
    public async Task An_upload_that_fails_for_good_cancels_its_session()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        _migration.Target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.TargetRejected, "no") { Scope = ErrorScope.Blob })
            : Task.CompletedTask;
        await _migration.RunAsync();
        Assert.Equal(2, _migration.Target.Count("START"));
        Assert.Equal(2, _migration.Target.Count("CANCEL"));
    }

    [Fact]
    public async Task An_observer_that_throws_stops_nothing_and_the_report_says_so()
    {
        for (var i = 0; i < 10; i++)
            _migration.Source.AddImage("a", $"v{i}", $"layer {i}");
        _migration.WhenImage = _ => throw new IOException("No space left on device");
        var report = await _migration.RunAsync();

        Assert.Equal((10, true), (report.Totals.Migrated, report.IsChecked));
        Assert.Contains("No space left on device", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_endpoint_cancels_by_itself_is_no_interruption_and_is_tried_again()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        var timeouts = 3;
        _migration.Target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) && Interlocked.Decrement(ref timeouts) >= 0
            ? throw new TaskCanceledException("The connection timed out.")
            : Task.CompletedTask;
        var report = await _migration.RunAsync();
        Assert.Equal((false, null), (report.IsInterrupted, report.Fatal));
        Assert.DoesNotContain(_migration.Results, result => result.Error?.Code is ErrorCode.Interrupted or ErrorCode.Internal);
    }

    [Fact]
    public async Task A_user_who_stops_while_an_archive_is_closed_still_gets_the_report()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        using var stop = new CancellationTokenSource();
        _migration.Target.Before = async (request, token) =>
        {
            if (request != "COMPLETE")
                return;
            await stop.CancelAsync();
            token.ThrowIfCancellationRequested();
        };
        var report = await _migration.RunAsync(cancellationToken: stop.Token);
        Assert.Equal((true, false, 1L), (report.IsInterrupted, report.IsComplete, report.Totals.Migrated));
    }

    [Fact]
    public async Task A_source_whose_list_breaks_off_makes_no_complete_run()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        _migration.Unverified = "no list, no verification";
        var report = await _migration.RunAsync(job => job with { Source = new BreakingList(job.Source) });
        Assert.Equal((ErrorCode.SourceUnreadable, false, false), (report.Fatal?.Code, report.IsComplete, report.IsInterrupted));
    }

    [Fact]
    public async Task A_repository_that_the_source_can_not_name_fails_and_all_others_are_moved()
    {
        _migration.Source.AddImage("a", "v1", "layer");
        var report = await _migration.RunAsync(job => job with { Source = new UnfitName(job.Source) });
        Assert.Equal((1L, 1L, false), (report.Totals.Migrated, report.Totals.Failed, report.IsComplete));
        Assert.Equal(ErrorCode.SourceUnreadable, _migration.Results.Single(result => result.Repository == "NOT FIT").Error?.Code);
    }

    [Fact]
    public async Task A_stopped_run_is_over_when_nobody_speaks_to_the_target_any_more()
    {
        for (var i = 0; i < 20; i++)
            _migration.Source.AddImage($"r{i}", "v1", $"layer {i}");
        using var stop = new CancellationTokenSource();
        _migration.Target.Before = async (request, token) =>
        {
            if (!request.StartsWith("PUT-BLOB", StringComparison.Ordinal))
                return;
            await stop.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        _migration.Unverified = "stopped";
        var target = new SlowToCancel(_migration.Target);
        await _migration.RunAsync(job => job with { Target = target }, stop.Token);
        Assert.Equal(0, target.UnderWay);
    }

    private sealed class SlowToCancel(IImageTarget target) : DelegatingTarget
    {
        private const int Turns = 100_000;

        private int _underWay;

        public int UnderWay => Volatile.Read(ref _underWay);

        protected override IImageTarget Inner => target;

        public override async Task CancelUploadAsync(UploadSession session, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _underWay);
            for (var turn = 0; turn < Turns; turn++)
                await Task.Yield();
            Interlocked.Decrement(ref _underWay);
        }
    }

    private sealed class UnfitName(IImageSource source) : DelegatingSource(source)
    {
        public override async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new SourceRepository("NOT FIT", null, new TransferError(ErrorCode.SourceUnreadable, "No name."));
            await foreach (var repository in Inner.ListRepositoriesAsync(cancellationToken))
                yield return repository;
        }
    }

    private sealed class BreakingList(IImageSource source) : DelegatingSource(source)
    {
        public override async IAsyncEnumerable<SourceRepository> ListRepositoriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var repository in Inner.ListRepositoriesAsync(cancellationToken))
                yield return repository;
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The list breaks off.") { Scope = ErrorScope.Endpoint });
        }
    }
}
