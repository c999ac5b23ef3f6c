using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Migrations;

/// <summary>Between a source whose blobs are files and a target that keeps files.</summary>
public sealed class FileMigrationTests : IAsyncLifetime
{
    private readonly Migration _migration = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _migration.DisposeAsync();

    [Fact]
    public async Task A_blob_that_is_a_file_is_offered_and_not_uploaded()
    {
        var digest = _migration.Source.AddImage("a", "v1", "one");
        OfferAll();
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal(digest, _migration.Target.TagOf("a", "v1"));
        Assert.Equal((2, 0), (report.Totals.BlobsTaken, report.Totals.BlobsUploaded));
        Assert.Equal((0, 0), (_migration.Target.Count("START"), _migration.Target.Count("PUT-BLOB")));
    }

    [Fact]
    public async Task A_file_that_the_target_does_not_take_is_uploaded()
    {
        _migration.Source.AddImage("a", "v1", "one");
        OfferAll();
        _migration.Target.Readable.Clear();
        var report = await _migration.RunAsync();

        Assert.True(report.IsComplete);
        Assert.Equal((0, 2), (report.Totals.BlobsTaken, report.Totals.BlobsUploaded));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_hashed_before_it_is_offered_unless_the_user_gives_that_up(bool hash)
    {
        _migration.Source.AddImage("a", "v1", "one");
        OfferAll();
        var layer = _migration.Source.AddBlob("one").Digest;
        _migration.Source.Blobs[layer] = "eno"u8.ToArray();
        await _migration.RunAsync(job => job with { HashFiles = hash });

        var error = _migration.Result("a:v1").Error;
        Assert.Equal(hash ? (ErrorCode.BlobDigestMismatch, $"/blobs/{layer}") : (null, null), (error?.Code, error?.Path));
        Assert.Equal(!hash, _migration.Target.Requests.Contains($"TAKE a {layer}"));
    }

    [Fact]
    public async Task A_file_that_was_hashed_is_not_read_again_until_it_changes()
    {
        _migration.Source.AddImage("a", "v1", "one");
        OfferAll();
        await _migration.RunAsync();
        var read = _migration.Source.Opened;
        _migration.Target.LoseBlobs();
        await _migration.RunAsync();
        Assert.Equal(read, _migration.Source.Opened);

        _migration.Target.LoseBlobs();
        var layer = _migration.Source.AddBlob("one").Digest;
        _migration.Source.Files[layer] = _migration.Source.Files[layer] with { Stamp = new FileStamp(1, 99, 2, 2) };
        await _migration.RunAsync();
        Assert.Equal(read + 1, _migration.Source.Opened);
    }

    [Fact]
    public async Task A_target_that_takes_no_files_has_none_hashed_for_it()
    {
        _migration.Source.AddImage("a", "v1", "one");
        OfferAll();
        _migration.Target.TakesFiles = false;
        await _migration.RunAsync();
        Assert.Equal((2, 0), (_migration.Source.Opened, _migration.Target.Count("TAKE")));
    }

    [Fact]
    public async Task The_target_is_told_the_end_once_and_after_all_else()
    {
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Source.AddDamaged("a", "v2", ErrorCode.TagLinkInvalid);
        await _migration.RunAsync();

        Assert.Equal([_migration.Target.Requests.Count], _migration.Target.CompletedAfter);
    }

    [Fact]
    public async Task A_run_that_was_stopped_or_given_up_does_not_end_the_target()
    {
        using var stop = new CancellationTokenSource();
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Target.Before = async (request, token) =>
        {
            if (request.StartsWith("PUT-BLOB", StringComparison.Ordinal))
            {
                await stop.CancelAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            }
        };
        Assert.True((await _migration.RunAsync(cancellationToken: stop.Token)).IsInterrupted);
        _migration.Target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.HostUnreachable, "gone") { Scope = ErrorScope.Endpoint })
            : Task.CompletedTask;
        Assert.NotNull((await _migration.RunAsync()).Fatal);
        Assert.Empty(_migration.Target.CompletedAfter);
    }

    [Fact]
    public async Task A_target_that_can_not_be_ended_fails_the_run()
    {
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Target.Before = (request, _) => request == "COMPLETE"
            ? throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "disk full"))
            : Task.CompletedTask;
        Assert.Equal("disk full", (await _migration.RunAsync()).Fatal?.Message);
    }

    [Fact]
    public async Task A_source_that_could_not_be_read_to_its_end_never_makes_a_complete_run()
    {
        _migration.Source.AddImage("a", "v1", "one");
        _migration.Source.Damage = new TransferError(ErrorCode.SourceUnreadable, "cut short");
        _migration.Source.Notes = ["Read in two passes."];
        var report = await _migration.RunAsync();

        Assert.Equal((false, 1, "cut short"), (report.IsComplete, report.Totals.Migrated, report.Damage?.Message));
        Assert.Equal(["Read in two passes."], report.Notes);
    }

    private void OfferAll()
    {
        foreach (var (digest, content) in _migration.Source.Blobs)
        {
            _migration.Source.Files[digest] = new BlobFile($"/blobs/{digest}", content.Length, new FileStamp(1, (ulong)_migration.Source.Files.Count, 1, 1));
            _migration.Target.Readable[$"/blobs/{digest}"] = content;
        }
    }
}
