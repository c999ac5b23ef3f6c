using TransferEngine.Images;
using TransferEngine.Service.Registry;
using TransferEngine.TestKit;

namespace TransferEngine.Service.Tests.Authentication;

public sealed class HtpasswdTests : IDisposable
{
    // htpasswd -Bbn mover 'open sesame'
    private const string SaltAndHash = "nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLNV/e";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2y")]
    [InlineData("2b")]
    [InlineData("2a")]
    public void A_password_is_right_by_the_hash_that_htpasswd_made(string kind)
    {
        var users = Read($"# people\n\n  mover:${kind}$05${SaltAndHash}  \n");

        Assert.True(users.Accepts("mover", "open sesame"));
        Assert.False(users.Accepts("mover", "open Sesame"));
        Assert.False(users.Accepts("mover", ""));
        Assert.False(users.Accepts("mover", new string('x', 10_000)));
        Assert.False(users.Accepts("Mover", "open sesame"));
        Assert.False(users.Accepts("", "open sesame"));
    }

    [Fact]
    public void A_password_of_any_letters_is_right()
    {
        foreach (var password in new[] { "pässwörd 漢字 \U0001f600", new string('y', 72), "a:b" })
            Assert.True(Read($"me:{BCrypt.Net.BCrypt.HashPassword(password, 4)}").Accepts("me", password), password);
    }

    /// <summary>Rounds of the hash are counted, not the clock: they are what takes the time.</summary>
    [Fact]
    public void Every_name_costs_the_same_work_whether_there_is_such_a_user_or_not()
    {
        var rounds = 0L;
        var users = Read($"cheap:$2y$04${SaltAndHash}\nusual:$2y$10${SaltAndHash}\ndear:$2b$12${SaltAndHash}\n", (password, hash) =>
        {
            rounds += 1L << int.Parse(hash.AsSpan(4, 2), System.Globalization.CultureInfo.InvariantCulture);
            return password == "right";
        });

        foreach (var user in new[] { "cheap", "usual", "dear", "nobody", "" })
            foreach (var password in new[] { "right", "wrong" })
            {
                rounds = 0;
                Assert.Equal(password == "right" && user is "cheap" or "usual" or "dear" && password == "right", users.Accepts(user, password));
                Assert.Equal(1L << 12, rounds);
            }
    }

    [Theory]
    [InlineData("mover:{SHA}x")]
    [InlineData("mover:$apr1$x$y")]
    [InlineData("mover:$2y$05$short")]
    [InlineData("mover:$2y$99$nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLNV/e")]
    [InlineData("mover:$2y$0x$nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLNV/e")]
    [InlineData("mover:$2y$05$nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLN!/e")]
    [InlineData(":$2y$05$nJDE88gkHxmVY4eW5E8wiO3/gdfPe8mT6BFBPNOgLHLPP/FjLNV/e")]
    [InlineData("")]
    public void What_is_no_bcrypt_entry_is_refused_when_the_file_is_read(string line) =>
        Assert.Equal(ErrorCode.EndpointInvalid, Assert.Throws<TransferException>(() => Read(line)).Error.Code);

    private Htpasswd Read(string text, Func<string, string, bool>? verify = null)
    {
        File.WriteAllText(_folder.Of("users"), text);
        return Htpasswd.Read(_folder.Of("users"), verify);
    }
}
