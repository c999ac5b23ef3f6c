using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.TestKit.Memory;
using Xunit;

namespace TransferEngine.Tests.Jobs;

public sealed class JobDefinitionTests
{
    private const string Everything = """
        {"name":"nightly",
        "source":{"address":"docker://a","tlsVerify":false,"certDir":"/certs","trustedRealms":["auth.example.org"],"retryTimes":2,"username":"me","passwordEnv":"PW","noCreds":false},
        "target":{"address":"b","trustedRealms":[],"authfile":"/auth.json","noCreds":true,
        "harbor":{"createProjects":false,"visibility":"Public","storageLimit":-1,"defaultProject":"library"},"files":{"link":"Reflink","owner":{"user":1,"group":2},"isHarbor1":true}},
        "select":{"images":["x:1"],"include":["x"],"exclude":["y"],"includeTags":["1*"],"excludeTags":["*-rc"],"tagsRegex":["^1"],"tagsSemver":"1.x","newest":3,"untagged":true,
        "platforms":["linux/amd64"],"referrers":false},
        "mapping":["last=1"],"trustJournal":true,"repair":true,"hashFiles":false,"verifySource":true,"allowEmpty":true,"limitRate":7}
        """;

    [Fact]
    public void The_stored_form_of_a_definition_stays_as_it_is() =>
        Assert.Equal(Everything.ReplaceLineEndings(""), JobDefinitionJson.Serialize(JobDefinitionJson.Deserialize(Everything)));

    [Fact]
    public void Whatever_it_holds_it_is_the_same_on_another_node() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<(NonNull<string> Address, NonNull<string>[] Texts, bool Flag, long Rate)>(), any =>
        {
            string[] texts = [.. any.Texts.Select(text => text.Get)];
            var definition = new JobDefinition
            {
                Source = new EndpointDefinition(any.Address.Get) { TlsVerify = any.Flag, TrustedRealms = texts },
                Target = new EndpointDefinition("b") { Username = texts.FirstOrDefault() },
                Select = new SelectionDefinition { Images = any.Flag ? texts : null, TagsRegex = texts, Referrers = any.Flag },
                Mapping = any.Flag ? null : texts,
                LimitRate = any.Rate,
            };
            var json = JobDefinitionJson.Serialize(definition);
            var read = JobDefinitionJson.Deserialize(json);
            Assert.Equal(json, JobDefinitionJson.Serialize(read));
            Assert.Equal(any.Address.Get, read.Source.Address);
            Assert.Equal(texts, read.Select.TagsRegex);
            Assert.Equal(any.Flag ? texts : null, read.Select.Images);
        }));

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"source":{"address":"a"}}""")]
    [InlineData("""{"source":{"address":null},"target":{"address":"b"}}""")]
    [InlineData("""{"source":{"address":"a"},"target":{"address":"b"},"onlyOnSundays":true}""")]
    public void What_this_version_does_not_understand_is_refused(string json) =>
        Assert.Equal(ErrorCode.ConfigurationInvalid, Assert.Throws<TransferException>(() => JobDefinitionJson.Deserialize(json)).Error.Code);

    [Fact]
    public void What_is_set_on_a_job_is_said_by_its_definition_and_the_other_way_round()
    {
        var job = new MigrationJob(new MemorySource(), new MemoryTarget())
        {
            Name = "nightly",
            Selection = new ImageSelection(includeRepositories: ["team/*"], newest: 2),
            Mapping = RepositoryMapping.Parse(["last=1"]),
            Untagged = true,
            Referrers = false,
            TrustJournal = true,
            Repair = true,
            HashFiles = false,
            VerifySource = true,
            LimitRate = 5,
        };
        var definition = job.Definition;
        Assert.Equal((job.Source.Endpoint, job.Target.Endpoint), (definition.Source.Address, definition.Target.Address));
        Assert.Equal(["team/*"], definition.Select.Include);

        var again = new MigrationJob(job.Source, job.Target) { Definition = JobDefinitionJson.Deserialize(JobDefinitionJson.Serialize(definition)) };
        Assert.Equal("nightly", again.Name);
        Assert.Equal((2, true, false), (again.Selection.Newest, again.Untagged, again.Referrers));
        Assert.Equal((true, false), (again.Selection.Wants(RepositoryName.Parse("team/a")), again.Selection.Wants(RepositoryName.Parse("other/a"))));
        Assert.Equal(job.Mapping, again.Mapping);
        Assert.Equal((true, true, false, true, 5), (again.TrustJournal, again.Repair, again.HashFiles, again.VerifySource, again.LimitRate));
    }

    [Fact]
    public void A_selection_set_on_a_job_leaves_its_list_and_platforms_as_they_are()
    {
        var job = new MigrationJob(new MemorySource(), new MemoryTarget())
        {
            Definition = new JobDefinition { Source = new("a"), Target = new("b"), Select = new SelectionDefinition { Images = ["x"], Platforms = ["linux/amd64"], Include = ["y"] } },
        };
        var select = (job with { Selection = ImageSelection.All }).Definition.Select;
        Assert.Equal(["x"], select.Images);
        Assert.Equal(["linux/amd64"], select.Platforms);
        Assert.Empty(select.Include);
    }

    [Fact]
    public void Another_definition_is_not_judged_by_the_selection_of_the_first()
    {
        var job = new MigrationJob(new MemorySource(), new MemoryTarget()) { Selection = new ImageSelection(includeRepositories: ["a"]) };
        Assert.False(job.Selection.Wants(RepositoryName.Parse("b")));
        Assert.True((job with { Definition = job.Definition with { Select = new SelectionDefinition() } }).Selection.Wants(RepositoryName.Parse("b")));
    }
}
