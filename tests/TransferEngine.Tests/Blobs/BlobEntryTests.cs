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
            var line = new Line(new Random(seed), mayFail: true, mayLose: false);
            line.Run(requests.Get);
            Assert.Equal(line.Asked.Keys.Order(), line.Answers.Order());
            Assert.InRange(line.MostUnsureUploads, 0, 1);
            Assert.True(line.Entry.IsIdle);
        }));

    [Fact]
    public void Where_nothing_fails_one_uploads_and_all_other_repositories_mount() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), ArbMap.Default.ArbFor<int>(), (requests, seed) =>
        {
            var line = new Line(new Random(seed), mayFail: false, mayLose: false);
            line.Run(requests.Get);
            Assert.Equal(1, line.Uploads);
            Assert.Equal(line.Asked.Keys.Order(), line.Answers.Order());
        }));

    [Fact]
    public void Whatever_is_lost_or_comes_twice_or_late_one_uploads_and_all_who_ask_again_are_answered_once() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<byte>>(), ArbMap.Default.ArbFor<int>(), (requests, seed) =>
        {
            var line = new Line(new Random(seed), mayFail: false, mayLose: true);
            line.Run(requests.Get);
            Assert.Equal(1, line.Uploads);
            Assert.Equal(line.Asked.Keys.Order(), line.Answers.Order());
            Assert.True(line.Entry.IsIdle);
        }));

    /// <summary>
    /// The partition's and the crew's part: what is asked for waits until chance lets it come back, and is done once, however often it is
    /// asked for. On its way there or back it may get lost, and what came back may come back again.
    /// </summary>
    private sealed class Line : IBlobWork
    {
        private readonly Random _random;
        private readonly bool _mayFail;
        private readonly bool _mayLose;
        private readonly HashSet<RepositoryName> _holders = [];
        private readonly List<Action> _underWay = [];
        private readonly Dictionary<long, Action> _answers = [];
        private long _steps;
        private int _unsureUploads;
        private bool _isLocated;

        public Line(Random random, bool mayFail, bool mayLose)
        {
            (_random, _mayFail, _mayLose) = (random, mayFail, mayLose);
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
            while (_underWay.Count > 0 || Answers.Count < Asked.Count)
            {
                foreach (var claim in Asked.Values.Where(claim => _underWay.Count == 0 && !Answers.Contains(claim.Place.Id)).ToList())
                    Entry.Ask(claim);
                ComeBack();
            }
        }

        long IBlobWork.NextStep() => ++_steps;

        void IBlobWork.Send(IBlobCommand command)
        {
            if (IsLost)
                return;
            var step = command.Claim.Step;
            if (_answers.TryGetValue(step, out var answer))
                _underWay.Add(answer);
            else if (_answers.TryAdd(step, () => { }))
                _underWay.Add(Begin(command));
        }

        /// <summary>The request to the target is out; what is returned has it done and the answer come back.</summary>
        private Action Begin(IBlobCommand command)
        {
            var perform = command switch
            {
                CheckBlob check => Check(check.Claim),
                MountBlob mount => Mount(mount.Claim, mount.From),
                PusherProtocol.PushBlob push => Push(push.Claim),
                _ => throw new ArgumentException(command.GetType().Name, nameof(command)),
            };
            return () =>
            {
                var answer = _answers[command.Claim.Step] = perform();
                if (!IsLost)
                    answer();
                if (_mayLose && _random.Next(4) == 0)
                    _underWay.Add(answer);
            };
        }

        private Func<Action> Check(BlobClaim claim) => () =>
        {
            long? length = _holders.Contains(claim.Place.Target) ? Blob.Size : null;
            return () => Entry.OnChecked(claim, length);
        };

        private Func<Action> Mount(BlobClaim claim, RepositoryName from)
        {
            Assert.NotEqual(from, claim.Place.Target);
            return () =>
            {
                var isMounted = _holders.Contains(from) && !Fails;
                if (isMounted)
                    _holders.Add(claim.Place.Target);
                return () => Entry.OnMounted(claim, new MountResult(isMounted, null));
            };
        }

        private Func<Action> Push(BlobClaim claim)
        {
            var isUnsure = !_isLocated;
            if (isUnsure)
                MostUnsureUploads = Math.Max(MostUnsureUploads, ++_unsureUploads);
            return () =>
            {
                if (isUnsure)
                    _unsureUploads--;
                if (Fails)
                    return () => Entry.OnPushed(claim, BlobOutcome.Refused(new TransferError(ErrorCode.Denied, "no right") { Scope = ErrorScope.Repository }));
                Uploads++;
                _holders.Add(claim.Place.Target);
                return () => Entry.OnPushed(claim, BlobOutcome.Uploaded(Blob.Size));
            };
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

        private bool IsLost => _mayLose && _random.Next(4) == 0;

        private bool Fails => _mayFail && _random.Next(3) == 0;

        private void ComeBack()
        {
            if (_underWay.Count == 0)
                return;
            var next = _random.Next(_underWay.Count);
            var comeBack = _underWay[next];
            _underWay.RemoveAt(next);
            comeBack();
        }
    }
}
