using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Blobs;
using TransferEngine.Images;
using TransferEngine.Repositories;
using Xunit;

namespace TransferEngine.Tests.Repositories;

public sealed class BlobLedgerTests
{
    private long _needs;

    private static readonly Descriptor[] Blobs = [.. Enumerable.Range(0, 6).Select(i => new Descriptor("x", Digest.OfSha256([(byte)i]), i))];

    [Fact]
    public void A_blob_is_asked_for_once_and_everyone_who_needs_it_is_told()
    {
        var ledger = new BlobLedger();
        var (missing, met) = Need(ledger, [Blobs[0], Blobs[1]], false);
        Assert.Equal([Blobs[0], Blobs[1]], missing);
        Assert.Null(met);
        Assert.Equal([Blobs[2]], Need(ledger, [Blobs[1], Blobs[2]], false).Missing);

        Assert.Empty(Settle(ledger, Placed(0)));
        Assert.Single(Settle(ledger, Placed(1)));
        Assert.Single(Settle(ledger, Placed(2)));
        Assert.NotNull(Need(ledger, [Blobs[0], Blobs[2]], false).Met);
    }

    [Fact]
    public void A_failed_blob_is_asked_for_again_by_the_next_image()
    {
        var ledger = new BlobLedger();
        Need(ledger, [Blobs[0]], false);
        var error = new TransferError(ErrorCode.BlobMissing, "gone");
        Assert.Equal(error, Assert.Single(Settle(ledger, Blobs[0].Digest, error)).Outcome.Error);
        Assert.Equal([Blobs[0]], Need(ledger, [Blobs[0]], false).Missing);
    }

    [Fact]
    public void A_recheck_asks_again_for_what_was_in_place()
    {
        var ledger = new BlobLedger();
        Need(ledger, [Blobs[0]], false);
        Assert.Single(Settle(ledger, Placed(0)));
        Assert.Equal([Blobs[0]], Need(ledger, [Blobs[0]], true).Missing);
    }

    [Fact]
    public void Every_need_is_answered_exactly_once_in_whatever_order_blobs_settle() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<NonEmptyArray<byte>>>(), ArbMap.Default.ArbFor<int>(), (needs, seed) =>
        {
            var ledger = new BlobLedger();
            var underWay = new List<Digest>();
            var answers = 0;
            foreach (var need in needs.Get)
            {
                var (missing, met) = Need(ledger, [.. need.Get.Select(b => Blobs[b % Blobs.Length]).Distinct()], false);
                underWay.AddRange(missing.Select(blob => blob.Digest));
                answers += met is null ? 0 : 1;
            }
            var order = underWay.ToArray();
            new Random(seed).Shuffle(order);
            answers += order.Sum(digest => Settle(ledger, new PlacedBlob(digest, false, null)).Count());
            return underWay.Count == underWay.Distinct().Count() && answers == needs.Get.Length;
        }));

    [Fact]
    public void Whoever_needs_a_blob_learns_whether_it_was_there_and_how_long_it_is()
    {
        var ledger = new BlobLedger();
        Need(ledger, [Blobs[0], Blobs[1]], false);
        Assert.Empty(Settle(ledger, new PlacedBlob(Blobs[0].Digest, WasThere: true, OtherLength: 99)));
        var outcome = Assert.Single(Settle(ledger, new PlacedBlob(Blobs[1].Digest, WasThere: true, OtherLength: null))).Outcome;
        Assert.False(outcome.WereLacking);
        Assert.Equal(99, Assert.Single(outcome.OtherLengths!).Value);
        Assert.Equal(99, Assert.Single(Need(ledger, [Blobs[0]], false).Met!.OtherLengths!).Value);
        Need(ledger, [Blobs[2]], false);
        Assert.True(Assert.Single(Settle(ledger, Placed(2))).Outcome.WereLacking);
    }

    [Fact]
    public void An_answer_to_an_earlier_request_is_no_answer_to_a_later_one()
    {
        var ledger = new BlobLedger();
        Need(ledger, [Blobs[0]], false);
        var first = Assert.Single(ledger.Unanswered);
        Assert.Single(ledger.Settle(first.Id, Placed(0)));
        Need(ledger, [Blobs[0]], true);
        Assert.Empty(ledger.Settle(first.Id, Placed(0)));
        Assert.NotEqual(first.Id, Assert.Single(ledger.Unanswered).Id);
        Assert.Single(Settle(ledger, Placed(0)));
        Assert.Empty(ledger.Unanswered);
    }

    [Fact]
    public void The_same_needs_once_more_are_answered_once_more_and_nothing_is_asked_for_twice()
    {
        var ledger = new BlobLedger();
        var needs = new RepositoryProtocol.ImageNeeds(1, [Blobs[0]], Recheck: true, default);
        Assert.Single(Need(ledger, needs).Missing);
        Assert.Equal((0, null), (ledger.Need(ActorRefs.Nobody, needs).Missing.Count, ledger.Need(ActorRefs.Nobody, needs).Met));
        Assert.Single(Settle(ledger, Placed(0)));

        var (missing, met) = ledger.Need(ActorRefs.Nobody, needs);
        Assert.Equal((0, 1L, true), (missing.Count, met?.Id, met?.WereLacking));
        Need(ledger, needs with { Id = 2 });
        Assert.Null(ledger.Need(ActorRefs.Nobody, needs).Met);
    }

    private (IReadOnlyList<Descriptor> Missing, RepositoryProtocol.NeedsMet? Met) Need(BlobLedger ledger, IReadOnlyList<Descriptor> blobs, bool recheck) =>
        Need(ledger, new RepositoryProtocol.ImageNeeds(++_needs, blobs, recheck, default));

    private static (IReadOnlyList<Descriptor> Missing, RepositoryProtocol.NeedsMet? Met) Need(BlobLedger ledger, RepositoryProtocol.ImageNeeds needs)
    {
        var need = ledger.Need(ActorRefs.Nobody, needs);
        var repository = RepositoryName.Parse("a");
        foreach (var blob in need.Missing)
            ledger.Note(blob.Digest, id => new BlobProtocol.PlaceBlob(id, blob, repository, repository, MayBeThere: false, needs.Recheck, ActorRefs.Nobody));
        return need;
    }

    private static IEnumerable<(IActorRef Image, RepositoryProtocol.NeedsMet Outcome)> Settle(BlobLedger ledger, PlacedBlob placed) =>
        ledger.Settle(IdOf(ledger, placed.Digest), placed);

    private static IEnumerable<(IActorRef Image, RepositoryProtocol.NeedsMet Outcome)> Settle(BlobLedger ledger, Digest digest, TransferError error) =>
        ledger.Settle(IdOf(ledger, digest), digest, error);

    private static long IdOf(BlobLedger ledger, Digest digest) => ledger.Unanswered.Single(place => place.Blob.Digest == digest).Id;

    private static PlacedBlob Placed(int blob) => new(Blobs[blob].Digest, WasThere: false, OtherLength: null);
}
