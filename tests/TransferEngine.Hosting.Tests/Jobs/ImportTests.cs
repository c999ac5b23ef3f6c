using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Hosting.Tests.Jobs;

public sealed class ImportTests : IDisposable
{
    private const string ImageSyncer = """
        # what we mirror
        quay.io/coreos/kube-rbac-proxy: registry.example.org/mirror/kube-rbac-proxy
        quay.io/coreos/kube-rbac-proxy:v1.0,v1.1: registry.example.org/mirror/rbac
        alpine:3.20:
          - registry.example.org/library/alpine
          - registry.example.org/mirror/alpine:3.20
        "nginx:/^1\\.2[0-9]$/": registry.example.org/library/nginx
        ghcr.io/team/tool@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855: registry.example.org/team/tool
        redis:7: registry.example.org/library/redis:seven
        "busybox:/(/": registry.example.org/library/busybox
        UPPER/case: registry.example.org/x
        postgres: [{a: b}]
        """;

    private const string Auth = """
        registry.example.org:
          username: admin
          password: s3cret
          insecure: true
        quay.io/coreos:
          username: reader
          password: ${QUAY_PASSWORD}
        """;

    private const string Skopeo = """
        registry.example.org:
          images:
            busybox: []
            redis:
              - "1.0"
              - sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
              - "not a tag"
          images-by-tag-regex:
            nginx: ^1\.13\.[12]-alpine-perl$
            bad: (
          images-by-semver:
            team/app: ">= 3.12.0"
          credentials:
            username: john
            password: s3cret
          tls-verify: false
          cert-dir: /home/john/certs
          mirrors: true
        quay.io:
          tls-verify: true
          images:
            coreos/etcd:
              - latest
        """;

    private const string Regsync = """
        version: 1
        x-tags: &released
          allow: [ 'v\d+', 'stable' ]
          deny: [ 'v0' ]
        creds:
          - registry: registry.example.org
            user: admin
            pass: s3cret
            tls: disabled
            reqPerSec: 100
        defaults:
          parallel: 4
        sync:
          - source: ghcr.io/team/app
            target: registry.example.org/mirror/app
            type: repository
            tags: *released
          - source: busybox:1.36
            target: registry.example.org/library/busybox:1.36
            type: image
          - source: alpine
            target: registry.example.org/library/alpine:3
            type: image
          - source: quay.io/coreos/etcd
            target: registry.example.org/coreos/etcd
            type: repository
            interval: 60m
            tags: { semverRange: [ ">=3.5.0 <4.0.0" ] }
          - source: old.example.org
            target: registry.example.org/old
            type: registry
            repos: { allow: [ team/.*, base, '[a-f]+' ], deny: [ team/secret ] }
          - source: '{{env "SOURCE"}}/a'
            target: registry.example.org/a
            type: repository
          - source: a.example.org/b
            target: registry.example.org/b
            type: repository
            tags: { allow: [ '(' ], sets: [ x ] }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-import");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Image_syncers_rules_become_jobs_by_registry()
    {
        var imported = JobFileImport.Import(Write("images.yaml", ImageSyncer), authPath: Write("auth.yaml", Auth));
        var jobs = imported.File.Jobs;
        Assert.Equal(
            [
                "quay.io: coreos/kube-rbac-proxy => exact=coreos/kube-rbac-proxy:mirror/kube-rbac-proxy",
                "quay.io: coreos/kube-rbac-proxy:v1.0 coreos/kube-rbac-proxy:v1.1 => exact=coreos/kube-rbac-proxy:mirror/rbac",
                "docker.io: library/alpine:3.20 => ",
                "docker.io: library/alpine:3.20 => exact=library/alpine:mirror/alpine",
                $"ghcr.io: team/tool@{Digest.OfSha256([])} => ",
                "docker.io: library/nginx => ",
            ],
            jobs.Select(Line));
        Assert.Equal([@"^1\.2[0-9]$"], jobs[^1].Select.TagsRegex);
        Assert.All(jobs, job => Assert.Equal(new EndpointDefinition("docker://registry.example.org") { TlsVerify = false }, job.Target));
    }

    [Fact]
    public void What_of_image_syncers_file_is_lost_is_said_with_its_line()
    {
        var imported = JobFileImport.Import(Write("images.yaml", ImageSyncer), authPath: Write("auth.yaml", Auth));
        Assert.False(imported.IsComplete);
        Assert.Equal([9, 10, 11, 12], imported.Notes.Where(note => note.IsLoss).Select(note => note.Line!.Value));
        var logins = imported.Notes.Where(note => !note.IsLoss).ToList();
        Assert.Equal([1, 5], logins.Select(note => note.Line!.Value));
        Assert.Contains("auth.yaml:5: The credentials for quay.io/coreos were not copied: store them with 'transfer login quay.io/coreos'", logins[1].ToString(), StringComparison.Ordinal);
        AssertNoSecret(imported);
    }

    [Fact]
    public void Skopeos_file_becomes_jobs_that_name_repositories_as_skopeo_does()
    {
        var imported = JobFileImport.Import(Write("sync.yaml", Skopeo), target: "docker://new.example.org/mirror");
        Assert.Equal(
            [
                $"registry.example.org: busybox redis:1.0 redis@{Digest.OfSha256([])} => last=1",
                "registry.example.org: nginx => last=1",
                "registry.example.org: team/app => last=1",
                "quay.io: coreos/etcd:latest => last=1",
            ],
            imported.File.Jobs.Select(Line));
        Assert.Equal([@"^1\.13\.[12]-alpine-perl$"], imported.File.Jobs[1].Select.TagsRegex);
        Assert.Equal(">= 3.12.0", imported.File.Jobs[2].Select.TagsSemver);
        Assert.Equal(new EndpointDefinition("docker://registry.example.org") { TlsVerify = false, CertDir = "/home/john/certs" }, imported.File.Jobs[0].Source);
        Assert.All(imported.File.Jobs, job => Assert.Equal("docker://new.example.org/mirror", job.Target.Address));
        Assert.Equal([7, 10, 18], imported.Notes.Where(note => note.IsLoss).Select(note => note.Line!.Value).Order());
        AssertNoSecret(imported);
    }

    [Fact]
    public void Skopeos_file_needs_a_target() => Assert.Contains("--target",
        Assert.Throws<TransferException>(() => JobFileImport.Import(Write("sync.yaml", Skopeo))).Error.Hint, StringComparison.Ordinal);

    [Fact]
    public void Regsyncs_entries_become_jobs()
    {
        var imported = JobFileImport.Import(Write("regsync.yml", Regsync));
        Assert.Equal(
            [
                "docker.io: library/busybox:1.36 => ",
                "ghcr.io: team/app => exact=team/app:mirror/app",
                "quay.io: coreos/etcd => ",
                "old.example.org:  => ",
            ],
            imported.File.Jobs.Select(Line));
        Assert.Equal(">=3.5.0 <4.0.0", imported.File.Jobs[2].Select.TagsSemver);
        var whole = imported.File.Jobs[3];
        Assert.Equal(["team/**", "base", "team/secret"], [.. whole.Select.Include, .. whole.Select.Exclude]);
        Assert.Equal(new EndpointDefinition("docker://registry.example.org/old") { TlsVerify = false }, whole.Target);
        AssertNoSecret(imported);
    }

    [Theory]
    [InlineData("v1", true)]
    [InlineData("stable", true)]
    [InlineData("v0", false)]
    [InlineData("v01", true)]
    [InlineData("v1-rc", false)]
    [InlineData("unstable", false)]
    public void Regsyncs_expressions_match_whole_tags_and_deny_wins(string tag, bool wanted)
    {
        var select = JobFileImport.Import(Write("regsync.yml", Regsync)).File.Jobs[1].Select;
        Assert.Equal(wanted, new ImageSelection(tagRegexes: select.TagsRegex).Wants(Tag.Parse(tag)));
    }

    [Fact]
    public void What_of_regsyncs_file_is_lost_is_said_with_its_line()
    {
        var notes = JobFileImport.Import(Write("regsync.yml", Regsync)).Notes;
        Assert.Equal([10, 12, 21, 27, 32, 33, 39, 39], notes.Where(note => note.IsLoss).Select(note => note.Line!.Value));
        Assert.Equal(6, Assert.Single(notes, note => !note.IsLoss).Line);
    }

    [Theory]
    [InlineData("jobs: [{source: a, target: b}]")]
    [InlineData("a: b\nc: {d: e}")]
    public void A_file_of_no_known_format_is_refused(string yaml) => Assert.Contains("--from",
        Assert.Throws<TransferException>(() => JobFileImport.Import(Write("some.yaml", yaml))).Error.Hint, StringComparison.Ordinal);

    [Theory]
    [InlineData("images.yaml", ImageSyncer)]
    [InlineData("sync.yaml", Skopeo)]
    [InlineData("regsync.yml", Regsync)]
    [InlineData("regsync.yml", ImportedPartsTests.RegsyncOfParts)]
    [InlineData("config.json", ImportedPartsTests.WholeImageSyncer)]
    public void What_is_imported_is_a_job_file_whose_jobs_can_be_prepared(string name, string content)
    {
        var text = JobFileTests.Text(JobFileImport.Import(Write(name, content), target: "docker://new.example.org").File);
        var opener = new JobOpener(NSubstitute.Substitute.For<IEndpoints>(), new EngineOptions(), _ => null);
        var jobs = JobFileTests.Parse(text).Jobs;
        Assert.NotEmpty(jobs);
        Assert.All(jobs, job => opener.Prepare(job));
        Assert.All(jobs, job => ImageList.Parse(new StringReader(string.Join('\n', job.Select.Images ?? [])), job.Source.Address["docker://".Length..]));
    }

    internal static string Line(JobDefinition job) =>
        $"{job.Source.Address["docker://".Length..]}: {string.Join(' ', job.Select.Images ?? [])} => {string.Join(' ', job.Mapping!)}";

    internal static void AssertNoSecret(ImportedJobs imported)
    {
        var all = JobFileTests.Text(imported.File) + string.Join('\n', imported.Notes);
        Assert.DoesNotContain("s3cret", all, StringComparison.Ordinal);
        Assert.DoesNotContain("QUAY_PASSWORD", all, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
