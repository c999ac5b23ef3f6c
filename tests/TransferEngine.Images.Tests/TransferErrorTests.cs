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

    /// <summary>Names of a tree or a tar are whatever somebody wrote into it.</summary>
    [Theory]
    [InlineData("\u001b]0;title\u0007")]
    [InlineData("\u009b31m")]
    [InlineData("a\r\nMIGRATED b")]
    [InlineData("\u202egnp.exe")]
    [InlineData("\u2066\u200b\ufeff")]
    public void Nothing_that_an_error_says_can_steer_a_terminal(string name)
    {
        var error = new TransferError(ErrorCode.TagInvalid, $"'{name}' is no tag.") { Path = $"/tree/{name}", Host = name, Hint = $"Remove {name}." };
        var changed = error with { Path = $"/other/{name}", Message = $"No tag: {name}", Hint = name };

        foreach (var text in new[] { error.ToString(), error.Message, error.Path, error.Host, error.Hint, changed.ToString(), changed.Message, changed.Path, changed.Hint })
            Assert.True(PrintableTests.IsHarmless(text!), text);
        Assert.StartsWith("/tree/", error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_path_is_told_as_a_whole()
    {
        var path = "/" + string.Join('/', Enumerable.Repeat(new string('d', 200), 20));

        Assert.Contains(path, new TransferError(ErrorCode.TagInvalid, "No tag.") { Path = path }.ToString(), StringComparison.Ordinal);
    }
}
