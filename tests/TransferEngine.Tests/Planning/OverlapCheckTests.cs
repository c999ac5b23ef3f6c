using TransferEngine.Images;
using TransferEngine.Planning;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Tests.Planning;

public sealed class OverlapCheckTests
{
    [Theory]
    [InlineData("/data/a", "/data/a", true)]
    [InlineData("/data/a", "/data/a/b", true)]
    [InlineData("/data/a/b", "/data/a", true)]
    [InlineData("/", "/data", true)]
    [InlineData("/data/a", "/data/ab", false)]
    [InlineData("/data/ab", "/data/a", false)]
    [InlineData("/data/a", "/data/b", false)]
    [InlineData("/data/a", null, false)]
    [InlineData(null, "/data/a", false)]
    public void Source_and_target_overlap_where_one_lies_in_the_other(string? source, string? target, bool overlap)
    {
        var job = new MigrationJob(new PlacedSource(source), new PlacedTarget(target));
        if (overlap)
            Assert.Equal(ErrorCode.EndpointInvalid, Assert.Throws<TransferException>(() => OverlapCheck.Run(job)).Error.Code);
        else
            OverlapCheck.Run(job);
    }

    private sealed class PlacedSource(string? path) : DelegatingSource(new MemorySource())
    {
        public override string? LocalPath => path;
    }

    private sealed class PlacedTarget(string? path) : DelegatingTarget
    {
        protected override IImageTarget Inner { get; } = new MemoryTarget();

        public override string? LocalPath => path;
    }
}
