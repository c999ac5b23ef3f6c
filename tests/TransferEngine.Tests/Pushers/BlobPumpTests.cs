using System.IO.Pipelines;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Progress;
using TransferEngine.Pushers;
using Xunit;

namespace TransferEngine.Tests.Pushers;

public sealed class BlobPumpTests
{
    private readonly MigrationMeter _meter = new(TimeProvider.System, 1);

    private BlobPump Pump => new(new RateLimit(0, TimeProvider.System), _meter.Pusher(0));

    [Fact]
    public void Content_arrives_whole_however_the_source_cuts_it() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (content, piece) =>
        {
            var (error, arrived) = RunAsync(content, content.Length, piece.Get, 0).GetAwaiter().GetResult();
            return error is null && arrived!.AsSpan().SequenceEqual(content);
        }));

    [Fact]
    public async Task A_resumed_upload_gets_the_rest_from_its_offset()
    {
        var (error, arrived) = await RunAsync([3, 4, 5], 5, 2, offset: 2);
        Assert.Null(error);
        Assert.Equal<byte[]>([3, 4, 5], arrived!);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 3)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_size_other_than_the_descriptors_fails_the_upload_before_its_end(int length, int stated)
    {
        var (error, arrived) = await RunAsync(new byte[length], stated, 64, 0);
        Assert.Equal(ErrorCode.BlobSizeMismatch, error!.Code);
        Assert.Equal(ErrorScope.Blob, error.Scope);
        Assert.True(arrived is null || arrived.Length < stated);
    }

    [Fact]
    public async Task With_a_hash_asked_for_wrong_bytes_never_reach_their_end()
    {
        var right = Digest.OfSha256([1, 2, 3]);
        var (error, arrived) = await RunAsync([1, 2, 4], 3, 64, 0, right);
        Assert.Equal(ErrorCode.BlobDigestMismatch, error!.Code);
        Assert.Null(arrived);
    }

    [Fact]
    public async Task A_full_pipe_pauses_the_read()
    {
        var source = new CountingStream(10_000_000);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 300_000, resumeWriterThreshold: 150_000, useSynchronizationContext: false));
        using var stop = new CancellationTokenSource();
        var fill = Pump.FillAsync(source, pipe.Writer, Blob(10_000_000), 0, null, stop.Token);
        await source.ReadAtLeast(300_000);
        Assert.False(fill.IsCompleted);
        Assert.InRange(source.Taken, 300_000, 300_000 + 2 * 128 * 1024);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fill);
    }

    private async Task<(TransferError? Error, byte[]? Arrived)> RunAsync(byte[] content, long size, int piece, long offset, Digest? digest = null)
    {
        var pipe = new Pipe();
        var blob = digest is { } given ? new Descriptor("x", given, size) : Blob(size);
        using var hash = digest is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var fill = Pump.FillAsync(new PiecewiseStream(content, piece), pipe.Writer, blob, offset, hash, CancellationToken.None);
        byte[]? arrived = null;
        try
        {
            using var body = new MemoryStream();
            await pipe.Reader.CopyToAsync(body);
            arrived = body.ToArray();
        }
        catch (TransferException)
        {
            // What a request body would see: it ends with the pump's error.
        }
        await pipe.Reader.CompleteAsync();
        return (await fill, arrived);
    }

    private static Descriptor Blob(long size) => new("x", Digest.OfSha256([]), size);

    private sealed class PiecewiseStream(byte[] content, int piece) : MemoryStream(content, writable: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
    }

    private sealed class CountingStream(long length) : MemoryStream
    {
        private readonly SemaphoreSlim _moved = new(0);
        private long _taken;

        public long Taken => Interlocked.Read(ref _taken);

        public async Task ReadAtLeast(long bytes)
        {
            while (Taken < bytes)
                await _moved.WaitAsync();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = (int)Math.Min(buffer.Length, length - Taken);
            Interlocked.Add(ref _taken, read);
            _moved.Release();
            return ValueTask.FromResult(read);
        }
    }
}
