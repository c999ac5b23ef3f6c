using TransferEngine.Images;
using TransferEngine.Migrations;
using Xunit;

namespace TransferEngine.Tests.Migrations;

public sealed class OpenRepositoryTests
{
    [Fact]
    public void Each_pause_is_twice_as_long_as_the_one_before_and_then_it_is_given_up()
    {
        var options = new EngineOptions { RepositoryRetries = 4, RepositoryBackoff = TimeSpan.FromSeconds(3) };
        var place = new OpenRepository(RepositoryName.Parse("a"), openedBefore: false);
        Assert.Equal([3, 6, 12, 24, null, null], Enumerable.Range(0, 6).Select(_ => place.NextPause(options)?.TotalSeconds));
    }
}
