using System.Text;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Tests.Jobs;

public sealed class JobEventJsonTests
{
    private static readonly string[] Rules = ["prefix=x/"];

    public static TheoryData<IJobEvent, string, string> Stored => new()
    {
        { new JobStarted("a", "b"), "job-started", """{"source":"a","target":"b"}""" },
        { new JobStarted("a", "b", Rules), "job-started", """{"source":"a","target":"b","mapping":["prefix=x/"]}""" },
        {
            new JobStarted("a", "b", null, new JobDefinition { Source = new("a"), Target = new("b") { Harbor = new HarborSettings { Visibility = HarborVisibility.Public } } }), "job-started",
            """
            {"source":"a","target":"b","definition":{"source":{"address":"a","trustedRealms":[],"noCreds":false},
            "target":{"address":"b","trustedRealms":[],"noCreds":false,"harbor":{"visibility":"Public"}},
            "select":{"include":[],"exclude":[],"includeTags":[],"excludeTags":[],"tagsRegex":[],"newest":0,"untagged":false,"platforms":[],"referrers":true},
            "trustJournal":false,"repair":false,"hashFiles":true,"verifySource":false,"allowEmpty":false,"limitRate":0}}
            """.ReplaceLineEndings("")
        },
        { new RepositoryOpened("r"), "repository-opened", """{"repository":"r"}""" },
        { new RepositoryCompleted("r", 1, 2, 3, 4), "repository-completed", """{"repository":"r","migrated":1,"alreadyThere":2,"skipped":3,"failed":4}""" },
        { new JobFinished(1, 2, 3, 4), "job-finished", """{"migrated":1,"alreadyThere":2,"skipped":3,"failed":4}""" },
        { new BlobUploaded("sha256:1", "r", 5), "blob-uploaded", """{"digest":"sha256:1","repository":"r","size":5}""" },
        { new ManifestPushed("sha256:1"), "manifest-pushed", """{"digest":"sha256:1"}""" },
        { new ManifestPushed("sha256:1", Rules, "sha256:2"), "manifest-pushed", """{"digest":"sha256:1","children":["prefix=x/"],"subject":"sha256:2"}""" },
        { new TagSet("v1", "sha256:1"), "tag-set", """{"tag":"v1","digest":"sha256:1"}""" },
    };

    [Theory]
    [MemberData(nameof(Stored))]
    public void The_stored_form_of_each_event_stays_as_it_is(IJobEvent fact, string manifest, string json)
    {
        Assert.Equal(manifest, JobEventJson.ManifestOf(fact));
        Assert.Equal(json, Encoding.UTF8.GetString(JobEventJson.Serialize(fact)));
        Assert.Equal(json, Encoding.UTF8.GetString(JobEventJson.Serialize(JobEventJson.Deserialize(manifest, Encoding.UTF8.GetBytes(json)))));
    }

    [Fact]
    public void Every_event_has_a_stored_form()
    {
        var kinds = typeof(IJobEvent).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IJobEvent)) && !type.IsInterface);
        Assert.Equal(kinds.Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))),
            Stored.Select(row => ((object[])row)[0].GetType()).Distinct().Order(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))));
    }

    [Fact]
    public void A_kind_from_a_newer_version_is_refused() =>
        Assert.Throws<ArgumentException>(() => JobEventJson.Deserialize("blob-teleported", "{}"u8));
}
