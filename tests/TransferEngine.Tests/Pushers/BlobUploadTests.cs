using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Pushers;
using TransferEngine.TestKit.Memory;
using TransferEngine.Tests.Migrations;
using Xunit;

namespace TransferEngine.Tests.Pushers;

public sealed class BlobUploadTests : IDisposable
{
    private readonly MemorySource _source = new();
    private readonly MemoryTarget _target = new();
    private readonly DetachedWork _work = new(1);
    private readonly MemoryHashedFiles _hashed = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task Tries_of_a_broken_upload_lie_further_apart_each_time()
    {
        var time = new HastyTimeProvider();
        _target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal)
            ? throw new TransferException(new TransferError(ErrorCode.ServerError, "status 500") { IsTransient = true })
            : Task.CompletedTask;
        var outcome = await RunAsync(_source.AddBlob("blob"), time);

        Assert.Equal(ErrorCode.ServerError, outcome.Error?.Code);
        var pauses = time.Pauses.Where(pause => pause != TimeSpan.FromSeconds(2)).ToList();
        Assert.Equal(5, pauses.Count);
        for (var i = 0; i < pauses.Count; i++)
            Assert.InRange(pauses[i].TotalMilliseconds, 500 * Math.Pow(2, i) * 0.5, 500 * Math.Pow(2, i) * 1.5);
    }

    [Fact]
    public async Task A_file_that_was_found_to_hold_something_else_is_not_offered_and_not_read_again()
    {
        var blob = _source.AddBlob("blob");
        var file = new BlobFile("/blobs/blob", 4, new FileStamp(1, 2, 3, 4));
        _source.Files[blob.Digest] = file;
        _hashed.Add(file, Digest.OfSha256("rot"u8));
        var outcome = await RunAsync(blob, TimeProvider.System);

        Assert.Equal((ErrorCode.BlobDigestMismatch, "/blobs/blob", true), (outcome.Error?.Code, outcome.Error?.Path, outcome.IsSourceFault));
        Assert.Equal(0, _source.Opened);
        Assert.Empty(_target.Requests);
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(int.MaxValue, ErrorCode.BlobDigestMismatch)]
    public async Task What_the_line_spoilt_is_sent_anew_where_the_source_is_sound(int spoilt, string? code)
    {
        var left = spoilt;
        _target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) && left-- > 0
            ? throw new TransferException(new TransferError(ErrorCode.BlobDigestMismatch, "other bytes") { Scope = ErrorScope.Blob })
            : Task.CompletedTask;
        var outcome = await RunAsync(_source.AddBlob("blob"), new HastyTimeProvider());

        Assert.Equal((code, false), (outcome.Error?.Code, outcome.IsSourceFault));
        var tries = spoilt == 1 ? 2 : 6;
        Assert.Equal(tries, _target.Requests.Count(request => request.StartsWith("PUT-BLOB", StringComparison.Ordinal)));
        Assert.Equal(tries, _target.Requests.Count(request => request.StartsWith("START", StringComparison.Ordinal)));
    }

    private async Task<BlobOutcome> RunAsync(Descriptor blob, TimeProvider time)
    {
        var runtime = LiveJob.Of(new MigrationJob(_source, _target) { Name = "job" }, _work, new EngineOptions { BlobRetries = 5 }, time, _hashed);
        var repository = RepositoryName.Parse("a");
        var push = new PusherProtocol.PushBlob(blob, new BlobProtocol.PlaceBlob(blob, repository, repository, false, false), ActorRefs.Nobody, null);
        return await new BlobUpload(runtime, runtime.Meter.Pusher(0)).RunAsync(push, CancellationToken.None);
    }

    /// <summary>Notes every pause that is asked for, and lets it pass at once.</summary>
    private sealed class HastyTimeProvider : TimeProvider
    {
        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
