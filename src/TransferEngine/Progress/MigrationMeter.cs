using TransferEngine.Images;
using TransferEngine.Telemetry;

namespace TransferEngine.Progress;

/// <summary>
/// The counters of one run: written by actors and pumps, read by displays, from any thread. What it counts is told to the instruments too, if it is
/// given any.
/// </summary>
internal sealed class MigrationMeter : IMigrationProgress
{
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly PusherSlot[] _pushers;
    private readonly JobMetrics? _metrics;

    private long _repositories;
    private readonly long[] _images = new long[4];
    private long _trusted;
    private long _wrongSizes;
    private long _blobsUploaded;
    private long _bytesUploaded;
    private long _blobsTaken;
    private long _bytesTaken;
    private long _blobsMounted;
    private long _bytesMounted;
    private long _blobsAlreadyThere;
    private long _bytesAlreadyThere;
    private long _manifestsPushed;
    private long _bytesSent;
    private long _imagesExpected = -1;
    private int _openRepositories;
    private int _waitingPushes;

    public MigrationMeter(TimeProvider time, int pushers, JobMetrics? metrics = null)
    {
        _time = time;
        _metrics = metrics;
        _startedAt = time.GetTimestamp();
        _pushers = new PusherSlot[pushers];
        for (var i = 0; i < pushers; i++)
            _pushers[i] = new PusherSlot(this);
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_startedAt);

    /// <summary>As the supervisor has them now.</summary>
    public int OpenRepositories
    {
        get => Volatile.Read(ref _openRepositories);
        set => Volatile.Write(ref _openRepositories, value);
    }

    /// <summary>As the crew has them now.</summary>
    public int WaitingPushes
    {
        get => Volatile.Read(ref _waitingPushes);
        set => Volatile.Write(ref _waitingPushes, value);
    }

    public int BusyPushers => _pushers.Count(slot => slot.IsBusy);

    public PusherSlot Pusher(int number) => _pushers[number];

    public void CountRepository() => Interlocked.Increment(ref _repositories);

    public void Count(ImageResult result)
    {
        Interlocked.Increment(ref _images[(int)result.Outcome]);
        if (result.IsTrusted)
            Interlocked.Increment(ref _trusted);
        _metrics?.CountImage(result.Outcome, result.Error);
    }

    public void CountUploaded(long length) => Count(ref _blobsUploaded, ref _bytesUploaded, Outcomes.Uploaded, length);

    public void CountTaken(long length) => Count(ref _blobsTaken, ref _bytesTaken, Outcomes.Taken, length);

    public void CountMounted(long length) => Count(ref _blobsMounted, ref _bytesMounted, Outcomes.Mounted, length);

    public void CountAlreadyThere(long length) => Count(ref _blobsAlreadyThere, ref _bytesAlreadyThere, Outcomes.AlreadyThere, length);

    /// <summary>An upload that broke is taken up again.</summary>
    public void CountBlobRetry(TransferError error) => _metrics?.CountBlobRetry(error);

    /// <summary>A repository that failed is opened again.</summary>
    public void CountRepositoryRetry(TransferError error) => _metrics?.CountRepositoryRetry(error);

    /// <summary>Manifests that state a wrong size for a blob.</summary>
    public void CountWrongSizes(long manifests) => Interlocked.Add(ref _wrongSizes, manifests);

    public long WrongSizes => Interlocked.Read(ref _wrongSizes);

    public void CountManifest() => Interlocked.Increment(ref _manifestsPushed);

    public void ExpectImages(long count) => Interlocked.Exchange(ref _imagesExpected, count);

    public MigrationTotals Totals() => new()
    {
        Repositories = Interlocked.Read(ref _repositories),
        Migrated = Interlocked.Read(ref _images[(int)ImageOutcome.Migrated]),
        AlreadyThere = Interlocked.Read(ref _images[(int)ImageOutcome.AlreadyThere]),
        Trusted = Interlocked.Read(ref _trusted),
        Skipped = Interlocked.Read(ref _images[(int)ImageOutcome.Skipped]),
        Failed = Interlocked.Read(ref _images[(int)ImageOutcome.Failed]),
        BlobsUploaded = Interlocked.Read(ref _blobsUploaded),
        BytesUploaded = Interlocked.Read(ref _bytesUploaded),
        BlobsTaken = Interlocked.Read(ref _blobsTaken),
        BytesTaken = Interlocked.Read(ref _bytesTaken),
        BlobsMounted = Interlocked.Read(ref _blobsMounted),
        BytesMounted = Interlocked.Read(ref _bytesMounted),
        BlobsAlreadyThere = Interlocked.Read(ref _blobsAlreadyThere),
        BytesAlreadyThere = Interlocked.Read(ref _bytesAlreadyThere),
        ManifestsPushed = Interlocked.Read(ref _manifestsPushed),
    };

    public ProgressSnapshot Snapshot()
    {
        var expected = Interlocked.Read(ref _imagesExpected);
        var totals = Totals();
        return new ProgressSnapshot
        {
            Elapsed = Elapsed,
            Totals = totals,
            BytesSent = Interlocked.Read(ref _bytesSent),
            // Counted by name: what follows an image because of its digest comes on top.
            ImagesExpected = expected < 0 ? null : Math.Max(expected, totals.Images),
            Pushers = Array.ConvertAll(_pushers, slot => slot.Snapshot()),
        };
    }

    private void Count(ref long blobs, ref long bytes, string outcome, long length)
    {
        Interlocked.Increment(ref blobs);
        Interlocked.Add(ref bytes, length);
        _metrics?.CountBlob(outcome, length);
    }

    /// <summary>Where one pusher says what it does.</summary>
    internal sealed class PusherSlot(MigrationMeter meter)
    {
        private sealed record Current(string Repository, Descriptor Blob);

        private Current? _current;
        private long _sent;

        public void Begin(RepositoryName repository, Descriptor blob)
        {
            Interlocked.Exchange(ref _sent, 0);
            Volatile.Write(ref _current, new Current(repository.ToString(), blob));
        }

        public void Advance(long bytes)
        {
            Interlocked.Add(ref _sent, bytes);
            Interlocked.Add(ref meter._bytesSent, bytes);
        }

        /// <summary>An upload starts over, or goes on where the registry says.</summary>
        public void ResumeAt(long offset) => Interlocked.Exchange(ref _sent, offset);

        public bool IsBusy => Volatile.Read(ref _current) is not null;

        public void End() => Volatile.Write(ref _current, null);

        public PusherSnapshot? Snapshot() => Volatile.Read(ref _current) is { } current
            ? new PusherSnapshot(current.Repository, current.Blob.Digest.ToString(), current.Blob.Size, Interlocked.Read(ref _sent))
            : null;
    }
}
