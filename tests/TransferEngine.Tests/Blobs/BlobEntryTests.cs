using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Pushers;
using TransferEngine.Repositories;
using Xunit;
using static TransferEngine.Blobs.BlobProtocol;

namespace TransferEngine.Tests.Blobs;

/// <summary>What one entry decides, whatever comes back in whatever order, with requests that come twice and answers that come late.</summary>
public sealed class BlobEntryTests
{
    private static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256("blob"u8), 4);

    [Fact]
    public void Each_request_is_answered_once_and_no_two_upload_at_once_where_nobody_has_it() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), ArbMap.Default.ArbFor<int>(), (requests, seed) =>
        {
            var line = new Line(new Random(seed), mayFail: true);
            line.Run(requests.Get);
            Assert.Equal(line.Asked.Keys.Order(), line.Answers.Order());
            Assert.InRange(line.MostUnsureUploads, 0, 1);
            Assert.True(line.Entry.IsIdle);
        }));

    [Fact]
    public void Where_nothing_fails_one_uploads_and_all_other_repositories_mount() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), ArbMap.Default.ArbFor<int>(), (requests, seed) =>
        {
            var line = new Line(new Random(seed), mayFail: false);
            line.Run(requests.Get);
            Assert.Equal(1, line.Uploads);
            Assert.Equal(line.Asked.Keys.Order(), line.Answers.Order());
        }));

    /// <summary>The partition's and the crew's part: what is asked for waits until chance lets it come back.</summary>
    private sealed class Line : IBlobWork
    {
        private readonly Random _random;
        private readonly bool _mayFail;
        private readonly HashSet<RepositoryName> _holders = [];
        private readonly List<(BlobClaim Claim, Action ComeBack)> _underWay = [];
        private int _unsureUploads;
        private bool _isLocated;

        public Line(Random random, bool mayFail)
        {
            (_random, _mayFail) = (random, mayFail);
            Entry = new BlobEntry(Blob.Digest, null, this);
        }

        public BlobEntry Entry { get; }

        public Dictionary<long, BlobClaim> Asked { get; } = [];

        public List<long> Answers { get; } = [];

        public int Uploads { get; private set; }

        public int MostUnsureUploads { get; private set; }

        public void Run(byte[] requests)
        {
            foreach (var request in requests)
            {
                var repository = RepositoryName.Parse($"r{request % 5}");
                var place = new PlaceBlob(Asked.Count, Blob, repository, repository, MayBeThere: request % 3 == 0, Recheck: false, ActorRefs.Nobody);
                var claim = Asked[place.Id] = new BlobClaim(place, ActorRefs.Nobody);
                Entry.Ask(claim);
                // As long as it is not answered, it may be asked again.
                if (!Answers.Contains(place.Id) && _random.Next(2) == 0)
                    Entry.Ask(claim);
                if (_random.Next(2) == 0)
                    ComeBack();
            }
            while (_underWay.Count > 0)
                ComeBack();
        }

        void IBlobWork.Check(BlobClaim claim) => _underWay.Add((claim, () => Entry.OnChecked(claim, _holders.Contains(claim.Place.Target) ? Blob.Size : null)));

        void IBlobWork.Mount(BlobClaim claim, RepositoryName from, long? length)
        {
            Assert.NotEqual(from, claim.Place.Target);
            _underWay.Add((claim, () =>
            {
                var isMounted = _holders.Contains(from) && !Fails;
                if (isMounted)
                    _holders.Add(claim.Place.Target);
                Entry.OnMounted(claim, new MountResult(isMounted, null));
            }));
        }

        void IBlobWork.Push(BlobClaim claim, UploadSession? session)
        {
            var isUnsure = !_isLocated;
            if (isUnsure)
                MostUnsureUploads = Math.Max(MostUnsureUploads, ++_unsureUploads);
            _underWay.Add((claim, () =>
            {
                if (isUnsure)
                    _unsureUploads--;
                if (Fails)
                {
                    Entry.OnPushed(claim, BlobOutcome.Refused(new TransferError(ErrorCode.Denied, "no right") { Scope = ErrorScope.Repository }));
                    return;
                }
                Uploads++;
                _holders.Add(claim.Place.Target);
                Entry.OnPushed(claim, BlobOutcome.Uploaded(Blob.Size));
            }));
        }

        void IBlobWork.Located(Digest digest, BlobLocation location, bool isUploaded)
        {
            Assert.Contains(location.Repository, _holders);
            _isLocated = true;
        }

        void IBlobWork.Answer(BlobClaim claim, PlacedBlob placed)
        {
            Assert.Contains(claim.Place.Target, _holders);
            Answers.Add(claim.Place.Id);
        }

        void IBlobWork.Answer(BlobClaim claim, TransferError error) => Answers.Add(claim.Place.Id);

        string IBlobWork.ContentOf(PlaceBlob place) => "content";

        private bool Fails => _mayFail && _random.Next(3) == 0;

        private void ComeBack()
        {
            if (_underWay.Count == 0)
                return;
            var next = _random.Next(_underWay.Count);
            var comeBack = _underWay[next].ComeBack;
            _underWay.RemoveAt(next);
            comeBack();
        }
    }
}
