using System.IO.Pipelines;
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

    [Fact]
    public async Task A_file_that_turns_out_damaged_is_not_remembered_as_sound()
    {
        var blob = _source.AddBlob("blob");
        _source.Blobs[blob.Digest] = "rot!"u8.ToArray();
        _source.Files[blob.Digest] = new BlobFile("/blobs/blob", 4, new FileStamp(1, 2, 3, 4));
        for (var run = 0; run < 2; run++)
            Assert.Equal(ErrorCode.BlobDigestMismatch, (await RunAsync(blob, TimeProvider.System)).Error?.Code);
        Assert.Empty(_target.Requests);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task A_broken_upload_goes_on_but_where_the_source_is_hashed_which_takes_it_from_its_start(bool verify, int sessions)
    {
        var left = 1;
        _target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) && left-- > 0
            ? throw new TransferException(new TransferError(ErrorCode.ServerError, "status 500") { IsTransient = true })
            : Task.CompletedTask;
        var target = new KeepingTarget(_target);
        await RunAsync(_source.AddBlob("blob"), new HastyTimeProvider(), new MigrationJob(_source, target) { Name = "job", VerifySource = verify });

        Assert.Equal(verify ? [0, 0] : [0, 2], target.Offsets);
        Assert.Equal(sessions, _target.Requests.Count(request => request.StartsWith("START", StringComparison.Ordinal)));
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

    [Fact]
    public async Task A_source_s_fault_is_told_as_that_although_the_target_words_what_it_saw_of_it()
    {
        var blob = _source.AddBlob("blob");
        _source.Blobs[blob.Digest] = "rot!"u8.ToArray();
        var job = new MigrationJob(_source, new WordyTarget(_target)) { Name = "job", VerifySource = true };
        var outcome = await RunAsync(blob, TimeProvider.System, job);

        Assert.Equal((ErrorCode.BlobDigestMismatch, $"memory/{blob.Digest}", true), (outcome.Error?.Code, outcome.Error?.Path, outcome.IsSourceFault));
    }

    [Fact]
    public async Task However_a_target_ends_nobody_reads_the_content_any_more_when_it_is_disposed_of()
    {
        var content = new SlowToStop();
        _target.Before = (request, _) => request.StartsWith("PUT-BLOB", StringComparison.Ordinal) ? RefuseAsync(content.IsBeingRead.Task) : Task.CompletedTask;
        var job = new MigrationJob(new OneContent(_source, content), _target) { Name = "job" };
        var outcome = await RunAsync(_source.AddBlob("blob"), TimeProvider.System, job);

        Assert.Equal(ErrorCode.TargetRejected, outcome.Error?.Code);
        Assert.Equal((true, false), (content.IsDisposed, content.WasDisposedInUse));

        static async Task RefuseAsync(Task after)
        {
            await after;
            throw new TransferException(new TransferError(ErrorCode.TargetRejected, "no") { Scope = ErrorScope.Blob });
        }
    }

    private async Task<BlobOutcome> RunAsync(Descriptor blob, TimeProvider time, MigrationJob? job = null)
    {
        var runtime = LiveJob.Of(job ?? new MigrationJob(_source, _target) { Name = "job" }, _work, new EngineOptions { BlobRetries = 5 }, time, _hashed);
        var repository = RepositoryName.Parse("a");
        var place = new BlobProtocol.PlaceBlob(1, blob, repository, repository, MayBeThere: false, Recheck: false, ActorRefs.Nobody);
        var push = new PusherProtocol.PushBlob(new BlobClaim(place, ActorRefs.Nobody), null);
        return await new BlobUpload(runtime, runtime.Meter.Pusher(0)).RunAsync(push, CancellationToken.None);
    }

    /// <summary>Says in words of its own that content was cut short, as whoever only sees a connection end.</summary>
    private sealed class WordyTarget(IImageTarget target) : DelegatingTarget
    {
        protected override IImageTarget Inner => target;

        public override async Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
        {
            try
            {
                await Inner.PutBlobAsync(session, blob, content, cancellationToken);
            }
            catch (TransferException e)
            {
                throw new TransferException(new TransferError(ErrorCode.TargetRejected, "The content was cut short.") { Scope = ErrorScope.Blob }, e);
            }
        }
    }

    /// <summary>Keeps half of what was sent when an upload broke.</summary>
    private sealed class KeepingTarget(IImageTarget target) : DelegatingTarget
    {
        public List<long> Offsets { get; } = [];

        protected override IImageTarget Inner => target;

        public override Task PutBlobAsync(UploadSession session, Descriptor blob, PipeReader content, CancellationToken cancellationToken)
        {
            Offsets.Add(session.Offset);
            return Inner.PutBlobAsync(session, blob, content, cancellationToken);
        }

        public override Task<UploadSession?> FindUploadAsync(UploadSession session, CancellationToken cancellationToken) =>
            Task.FromResult<UploadSession?>(session with { Offset = 2 });
    }

    private sealed class OneContent(IImageSource source, Stream content) : DelegatingSource(source)
    {
        public override ValueTask<BlobContentStream> OpenBlobAsync(RepositoryName repository, Digest digest, long offset, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new BlobContentStream(content, 4));
    }

    /// <summary>Whoever stops a read of this has long gone on when the read ends.</summary>
    private sealed class SlowToStop : MemoryStream
    {
        private const int Turns = 10_000;

        private bool _isRead;

        public TaskCompletionSource IsBeingRead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsDisposed { get; private set; }

        public bool WasDisposedInUse { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _isRead = true;
            IsBeingRead.SetResult();
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = cancellationToken.Register(stopped.SetResult);
            await stopped.Task;
            for (var turn = 0; turn < Turns && !IsDisposed; turn++)
                await Task.Yield();
            _isRead = false;
            throw new OperationCanceledException(cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            (IsDisposed, WasDisposedInUse) = (true, WasDisposedInUse || _isRead);
            base.Dispose(disposing);
        }
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
