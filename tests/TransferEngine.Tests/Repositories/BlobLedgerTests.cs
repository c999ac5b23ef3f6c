using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Repositories;
using Xunit;

namespace TransferEngine.Tests.Repositories;

public sealed class BlobLedgerTests
{
    private static readonly Descriptor[] Blobs = [.. Enumerable.Range(0, 6).Select(i => new Descriptor("x", Digest.OfSha256([(byte)i]), i))];

    [Fact]
    public void A_blob_is_asked_for_once_and_everyone_who_needs_it_is_told()
    {
        var ledger = new BlobLedger();
        var (missing, met) = ledger.Need(ActorRefs.Nobody, [Blobs[0], Blobs[1]], recheck: false);
        Assert.Equal([Blobs[0], Blobs[1]], missing);
        Assert.Null(met);
        Assert.Equal([Blobs[2]], ledger.Need(ActorRefs.Nobody, [Blobs[1], Blobs[2]], recheck: false).Missing);

        Assert.Empty(ledger.Settle(Blobs[0].Digest, Placed(0)));
        Assert.Single(ledger.Settle(Blobs[1].Digest, Placed(1)));
        Assert.Single(ledger.Settle(Blobs[2].Digest, Placed(2)));
        Assert.NotNull(ledger.Need(ActorRefs.Nobody, [Blobs[0], Blobs[2]], recheck: false).Met);
    }

    [Fact]
    public void A_failed_blob_is_asked_for_again_by_the_next_image()
    {
        var ledger = new BlobLedger();
        ledger.Need(ActorRefs.Nobody, [Blobs[0]], recheck: false);
        var error = new TransferError(ErrorCode.BlobMissing, "gone");
        Assert.Equal(error, Assert.Single(ledger.Settle(Blobs[0].Digest, error)).Outcome.Error);
        Assert.Equal([Blobs[0]], ledger.Need(ActorRefs.Nobody, [Blobs[0]], recheck: false).Missing);
    }

    [Fact]
    public void A_recheck_asks_again_for_what_was_in_place()
    {
        var ledger = new BlobLedger();
        ledger.Need(ActorRefs.Nobody, [Blobs[0]], recheck: false);
        Assert.Single(ledger.Settle(Blobs[0].Digest, Placed(0)));
        Assert.Equal([Blobs[0]], ledger.Need(ActorRefs.Nobody, [Blobs[0]], recheck: true).Missing);
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
                var (missing, met) = ledger.Need(ActorRefs.Nobody, [.. need.Get.Select(b => Blobs[b % Blobs.Length]).Distinct()], recheck: false);
                underWay.AddRange(missing.Select(blob => blob.Digest));
                answers += met is null ? 0 : 1;
            }
            var order = underWay.ToArray();
            new Random(seed).Shuffle(order);
            answers += order.Sum(digest => ledger.Settle(digest, new PlacedBlob(digest, false, null)).Count());
            return underWay.Count == underWay.Distinct().Count() && answers == needs.Get.Length;
        }));

    [Fact]
    public void Whoever_needs_a_blob_learns_whether_it_was_there_and_how_long_it_is()
    {
        var ledger = new BlobLedger();
        ledger.Need(ActorRefs.Nobody, [Blobs[0], Blobs[1]], recheck: false);
        Assert.Empty(ledger.Settle(Blobs[0].Digest, new PlacedBlob(Blobs[0].Digest, WasThere: true, OtherLength: 99)));
        var outcome = Assert.Single(ledger.Settle(Blobs[1].Digest, new PlacedBlob(Blobs[1].Digest, WasThere: true, OtherLength: null))).Outcome;
        Assert.False(outcome.WereLacking);
        Assert.Equal(99, Assert.Single(outcome.OtherLengths!).Value);
        Assert.Equal(99, Assert.Single(ledger.Need(ActorRefs.Nobody, [Blobs[0]], recheck: false).Met!.OtherLengths!).Value);
        ledger.Need(ActorRefs.Nobody, [Blobs[2]], recheck: false);
        Assert.True(Assert.Single(ledger.Settle(Blobs[2].Digest, Placed(2))).Outcome.WereLacking);
    }

    private static PlacedBlob Placed(int blob) => new(Blobs[blob].Digest, WasThere: false, OtherLength: null);
}
