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

    // What is put into a part that is listed would be listed, and be put there again, below its own name, without end.
    [Theory]
    [InlineData(null, "backup", null, true)]
    [InlineData(null, "backup", "backup/**", false)]
    [InlineData(null, null, null, false)]
    [InlineData("dev", "prod", null, false)]
    [InlineData("dev", "dev/old", null, true)]
    [InlineData("dev", "dev", null, true)]
    public void A_part_of_a_registry_is_not_put_into_itself(string? from, string? into, string? exclude, bool isRefused)
    {
        var selection = new ImageSelection(excludeRepositories: exclude is null ? [] : [exclude]);
        MigrationJob Job(string host, bool isNamed = false) => new(
            new PlacedSource(null, new RegistryPlace("r:5000", NameOf(from)) { IsNamed = isNamed }), new PlacedTarget(null, new RegistryPlace(host, NameOf(into)))) { Selection = selection };
        if (isRefused)
            Assert.Equal(ErrorCode.EndpointInvalid, Assert.Throws<TransferException>(() => OverlapCheck.Run(Job("R:5000"))).Error.Code);
        else
            OverlapCheck.Run(Job("R:5000"));
        OverlapCheck.Run(Job("R:5000", isNamed: true));
        OverlapCheck.Run(Job("other:5000"));
    }

    private static RepositoryName? NameOf(string? name) => name is null ? null : RepositoryName.Parse(name);

    private sealed class PlacedSource(string? path, RegistryPlace? registry = null) : DelegatingSource(new MemorySource())
    {
        public override string? LocalPath => path;

        public override RegistryPlace? Registry => registry;
    }

    private sealed class PlacedTarget(string? path, RegistryPlace? registry = null) : DelegatingTarget
    {
        protected override IImageTarget Inner { get; } = new MemoryTarget();

        public override string? LocalPath => path;

        public override RegistryPlace? Registry => registry;

        public override RepositoryName MapRepository(RepositoryName source) => registry?.Prefix is { } prefix ? RepositoryName.Parse($"{prefix}/{source}") : source;
    }
}
