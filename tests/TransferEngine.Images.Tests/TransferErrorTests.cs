namespace TransferEngine.Images.Tests;

public sealed class TransferErrorTests
{
    [Fact]
    public void An_error_says_code_reason_place_and_advice()
    {
        var error = new TransferError(ErrorCode.TagLinkEmpty, "The link is empty.") { Path = "/tree/link", Hint = "Push it again." };

        Assert.Equal("TAG_LINK_EMPTY: The link is empty. (/tree/link) Push it again.", error.ToString());
        Assert.Equal(error.ToString(), new TransferException(error).Message);
    }

    [Fact]
    public void A_digest_is_named_where_the_message_does_not()
    {
        var digest = Digest.OfSha256([]);

        Assert.Contains(digest.ToString(), new TransferError(ErrorCode.BlobMissing, "It is missing.") { Digest = digest }.ToString(), StringComparison.Ordinal);
        Assert.Equal($"BLOB_MISSING: {digest} is missing.", new TransferError(ErrorCode.BlobMissing, $"{digest} is missing.") { Digest = digest }.ToString());
    }
}
