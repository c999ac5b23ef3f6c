namespace TransferEngine.Images.Tests;

public sealed class DigestTests
{
    private const string EmptySha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string EmptySha512 = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

    [Theory]
    [InlineData(EmptySha256, "sha256", 64)]
    [InlineData(EmptySha512, "sha512", 128)]
    public void The_registered_algorithms_are_taken(string text, string algorithm, int digits)
    {
        var digest = Digest.Parse(text);

        Assert.Equal(algorithm, digest.Algorithm);
        Assert.Equal(digits, digest.Hex.Length);
        Assert.Equal(text, digest.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("sha256:../../c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("sha512:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData(EmptySha256 + "\n")]
    public void Whatever_else_is_no_digest(string? text) => Assert.False(Digest.TryParse(text, out _));

    [Fact]
    public void The_digest_of_content_is_by_the_asked_algorithm()
    {
        Assert.Equal(EmptySha256, Digest.OfSha256([]).ToString());
        Assert.Equal(EmptySha512, Digest.Parse("sha512:" + new string('0', 128)).SameAlgorithmOver([]).ToString());
        Assert.Equal(EmptySha256, Digest.Parse("sha256:" + new string('0', 64)).SameAlgorithmOver([]).ToString());
    }

    [Fact]
    public void An_incremental_hash_agrees_with_the_digest() => Property.Holds<(byte[] Content, bool Sha512)>(given =>
    {
        var digest = Digest.Parse(given.Sha512 ? EmptySha512 : EmptySha256).SameAlgorithmOver(given.Content);
        using var hash = digest.CreateHash();
        hash.AppendData(given.Content);
        var agrees = digest.Matches(hash);
        hash.AppendData("more"u8);
        return agrees && !digest.Matches(hash);
    });

    [Fact]
    public void A_default_digest_can_not_be_taken_for_one() => Assert.Throws<InvalidOperationException>(() => default(Digest).ToString());

    [Fact]
    public void Damage_to_a_digest_is_noticed_or_gives_another_digest() => Property.Holds<(char Value, byte At)>(damage =>
    {
        var characters = EmptySha256.ToCharArray();
        characters[damage.At % characters.Length] = damage.Value;
        var text = new string(characters);
        return !Digest.TryParse(text, out var digest) || (digest.ToString() == text && digest.Hex.All(char.IsAsciiHexDigitLower));
    }, cases: 2000);

    [Fact]
    public void Digests_are_ordered_as_their_texts() => Property.Holds<(byte[] One, byte[] Two)>(given =>
    {
        var (left, right) = (Digest.OfSha256(given.One), Digest.OfSha256(given.Two));
        var order = string.CompareOrdinal(left.ToString(), right.ToString());
        return left < right == order < 0 && left <= right == order <= 0 && left == right == (order == 0);
    });

    [Fact]
    public void Parsing_what_is_no_digest_says_so_without_control_characters()
    {
        var failure = Assert.Throws<FormatException>(() => Digest.Parse("sha256:\u001b[31m" + new string('x', 1000)));

        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.InRange(failure.Message.Length, 1, 200);
    }
}
