using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Hosting.Tests.Jobs;

public sealed class JobFileTests : IDisposable
{
    private const string Everything = """
        version: 1
        options:
          pushers: 16
          repository-backoff: 250 ms
          registry: { retry-times: 7 }
        jobs:
          - name: nightly
            source:
              address: docker://old.example.org
              tls-verify: false
              cert-dir: /etc/certs
              retry-times: 2
              authfile: /home/me/auth.json
            target:
              address: docker://new.example.org/mirror
              username: robot
              password-env: MIRROR_PASSWORD
            select:
              images: ["team/app:1.10", team/tool]
              include: team/**
              exclude: [team/old]
              include-tags: ["1.*"]
              exclude-tags: ["*-rc"]
              tags-regex: ^[0-9]
              tags-semver: ">=1.2 <2.0"
              newest: 3
              untagged: false
              platforms: [linux/amd64, linux/arm/v7]
              referrers: false
            mapping: ["replace=team/:", "flatten=-"]
            trust-journal: true
            verify-source: yes
            repair: true
            hash-files: false
            allow-empty: on
            limit-rate: 50 MiB
          - source: /var/lib/registry
            target: docker://localhost:5000
            mapping: []
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-job-file");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void All_keys_are_read()
    {
        var file = Parse(Everything);
        Assert.Equal(("16", "250 ms", "7"), (file.Options["pushers"], file.Options["repository-backoff"], file.Options["registry:retry-times"]));
        var job = file.Jobs[0];
        Assert.Equal("nightly", job.Name);
        Assert.Equal(new EndpointDefinition("docker://old.example.org") { TlsVerify = false, CertDir = "/etc/certs", RetryTimes = 2, Authfile = "/home/me/auth.json" }, job.Source);
        Assert.Equal(new EndpointDefinition("docker://new.example.org/mirror") { Username = "robot", PasswordEnv = "MIRROR_PASSWORD" }, job.Target);
        Assert.Equal(["team/app:1.10", "team/tool"], job.Select.Images);
        Assert.Equal(["team/**"], job.Select.Include);
        Assert.Equal(["team/old"], job.Select.Exclude);
        Assert.Equal(["1.*", "*-rc", "^[0-9]"], [.. job.Select.IncludeTags, .. job.Select.ExcludeTags, .. job.Select.TagsRegex]);
        Assert.Equal((">=1.2 <2.0", 3, false), (job.Select.TagsSemver, job.Select.Newest, job.Select.Untagged));
        Assert.Equal(["linux/amd64", "linux/arm/v7"], job.Select.Platforms);
        Assert.False(job.Select.Referrers);
        Assert.Equal(["replace=team/:", "flatten=-"], job.Mapping);
        Assert.Equal((true, true, 50L * 1024 * 1024), (job.TrustJournal, job.VerifySource, job.LimitRate));
        Assert.Equal((true, false, true), (job.Repair, job.HashFiles, job.AllowEmpty));
        Assert.Equal((false, true, false), (file.Jobs[1].Repair, file.Jobs[1].HashFiles, file.Jobs[1].AllowEmpty));
        Assert.Equal(new EndpointDefinition("/var/lib/registry"), file.Jobs[1].Source);
        Assert.Equal([], file.Jobs[1].Mapping);
    }

    [Fact]
    public void A_target_that_keeps_files_is_told_how()
    {
        var file = Parse("""
            jobs:
            - {source: a, target: {address: b, files: {link: hard, chown: "10000:10000", harbor-1: true} } }
            """);
        var files = new FileSettings { Link = LinkMode.Hard, Owner = new FileOwner(10000, 10000), IsHarbor1 = true };
        Assert.Equal(files, file.Jobs[0].Target.Files);
        using var written = new StringWriter();
        file.WriteYaml(written);
        Assert.Equal(files, Parse(written.ToString()).Jobs[0].Target.Files);
    }

    [Fact]
    public void A_registry_is_told_whom_to_trust_and_a_Harbor_what_its_projects_are_like()
    {
        var file = Parse("""
            jobs:
            - source: {address: a, trusted-realms: [auth.example.org], no-creds: true}
              target: {address: b, harbor: {create-projects: false, visibility: public, storage-limit: 50 GiB, default-project: apps} }
            - {source: a, target: {address: b, harbor: {storage-limit: -1} } }
            """);
        var harbor = new HarborSettings { CreateProjects = false, Visibility = HarborVisibility.Public, StorageLimit = 50L << 30, DefaultProject = "apps" };
        foreach (var read in new[] { file, Parse(Text(file)) })
        {
            Assert.Equal(["auth.example.org"], read.Jobs[0].Source.TrustedRealms);
            Assert.True(read.Jobs[0].Source.NoCreds);
            Assert.Equal(harbor, read.Jobs[0].Target.Harbor);
            Assert.Equal(new HarborSettings { StorageLimit = -1 }, read.Jobs[1].Target.Harbor);
        }
    }

    [Fact]
    public void HOCON_says_the_same_with_the_same_keys()
    {
        var yaml = Write("job.yaml", Everything);
        var hocon = Write("job.conf", """
            options { pushers = 16, repository-backoff = 250 ms, registry.retry-times = 7 }
            jobs = [
              {
                name = nightly
                source { address = "docker://old.example.org", tls-verify = false, cert-dir = /etc/certs, retry-times = 2, authfile = /home/me/auth.json }
                target { address = "docker://new.example.org/mirror", username = robot, password-env = MIRROR_PASSWORD }
                select {
                  images = ["team/app:1.10", team/tool]
                  "include" = ["team/**"], exclude = [team/old], include-tags = ["1.*"], exclude-tags = ["*-rc"]
                  tags-regex = ["^[0-9]"], tags-semver = ">=1.2 <2.0", newest = 3, untagged = false
                  platforms = ["linux/amd64", "linux/arm/v7"], referrers = false
                }
                mapping = ["replace=team/:", "flatten=-"]
                trust-journal = true, verify-source = true, limit-rate = 50 MiB, repair = true, hash-files = false, allow-empty = true
              }
              { source = /var/lib/registry, target = "docker://localhost:5000", mapping = [] }
            ]
            """);
        var (expected, actual) = (JobFile.Read(yaml), JobFile.Read(hocon));
        Assert.Equal(Text(expected with { Options = new Dictionary<string, string>() }), Text(actual with { Options = new Dictionary<string, string>() }));
        Assert.Equal(expected.Options.Keys.Order(), actual.Options.Keys.Order());
    }

    [Fact]
    public void What_is_written_is_read_again() => Assert.Equal(Text(Parse(Everything)), Text(Parse(Text(Parse(Everything)))));

    [Fact]
    public void Texts_of_any_kind_survive_being_written_and_read() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<NonNull<string>[]>(), texts =>
        {
            string[] rules = [.. texts.Select(text => text.Get), "no", "1.10", "~", "a: b # c", "\"'", "", "- x", "\u0085\u2028", "&a *b !c"];
            var file = new JobFile { Jobs = [new JobDefinition { Source = new("a"), Target = new("b"), Mapping = rules, Select = new SelectionDefinition { TagsSemver = rules[0] } }] };
            var read = Parse(Text(file)).Jobs[0];
            Assert.Equal(rules, read.Mapping);
            Assert.Equal(rules[0], read.Select.TagsSemver);
        }));

    [Theory]
    [InlineData("jobs: [{source: a, target: b, sorce: c}]", "line 1: sorce is no key of a job; known: name, source, target")]
    [InlineData("jobs:\n- source: a\n", "line 2: The target of a job is missing.")]
    [InlineData("jobs: []", "The list jobs of a job file is missing.")]
    [InlineData("version: 2\njobs: []", "line 1: This version of transfer knows job files of version 1.")]
    [InlineData("jobs:\n- source: a\n  target: b\n  select:\n    newest: many", "line 5: newest is a number")]
    [InlineData("jobs:\n- source: a\n  target:\n    address: b\n    files: {link: soft}", "line 5: link is auto, hard, reflink or copy")]
    [InlineData("jobs:\n- source: a\n  target:\n    address: b\n    files: {chown: root}", "line 5: chown is written as UID:GID")]
    [InlineData("jobs:\n- source: a\n  target:\n    address: b\n    harbor: {visibility: all}", "line 5: visibility is private or public")]
    [InlineData("jobs:\n- source: a\n  target:\n    address: b\n    harbor: {storage-limit: -2}", "line 5: storage-limit is a size like 50 GiB, or -1")]
    [InlineData("jobs:\n- source: a\n  target: {address: b, no-creds: true, authfile: c}", "line 3: no-creds can't be given together with credentials.")]
    [InlineData("jobs:\n- source: a\n  target: b\n  trust-journal: perhaps", "line 4: trust-journal is true or false.")]
    [InlineData("jobs:\n- source: a\n  target: b\n  limit-rate: warp", "line 4: limit-rate is a size")]
    [InlineData("jobs:\n- source: a\n  target: b\n  mapping: {a: b}", "line 4: mapping is a list of texts.")]
    [InlineData("jobs:\n- source: a\n  target: {address: b, username: me}", "line 3: username and password-env need each other.")]
    [InlineData("jobs:\n- source: a\n  source: b", "line 3: The key source stands here twice.")]
    [InlineData("jobs: [{name: x, source: a, target: b}, {name: x, source: a, target: c}]", "Two jobs have the name x")]
    [InlineData("options: {mapping: [a]}\njobs: [{source: a, target: b}]", "mapping belongs to a job")]
    [InlineData("options: {registry: {retry-times: 1}, 'registry:retry-times': 2}\njobs: [{source: a, target: b}]", "line 1: The option registry:retry-times stands here twice.")]
    [InlineData("jobs: [", "This is no YAML")]
    [InlineData("", "The file is empty.")]
    [InlineData("- a", "does not begin with a key")]
    [InlineData("jobs: *nowhere", "There is no anchor nowhere")]
    [InlineData("a: 1\n---\nb: 2", "line 2: A second document")]
    public void What_can_not_be_meant_is_refused_with_its_line(string yaml, string expected)
    {
        var error = Assert.Throws<TransferException>(() => Parse(yaml)).Error;
        Assert.Equal(ErrorCode.ConfigurationInvalid, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("password: s3cret")]
    [InlineData("token: s3cret")]
    public void A_secret_in_the_file_is_refused_and_not_repeated(string line)
    {
        var error = Assert.Throws<TransferException>(() => Parse($"jobs:\n- source: a\n  target:\n    address: b\n    {line}")).Error;
        Assert.Contains("line 5", error.Message, StringComparison.Ordinal);
        Assert.Contains("password-env", error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Anchors_and_merge_keys_spare_repetitions()
    {
        var jobs = Parse("jobs:\n- &one\n  source: a\n  target: b\n  mapping: [last=1]\n- <<: *one\n  source: c").Jobs;
        Assert.Equal(("c", "b", "last=1"), (jobs[1].Source.Address, jobs[1].Target.Address, Assert.Single(jobs[1].Mapping!)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("options:\n")]
    public void Aliases_can_not_make_a_small_file_large_or_deep(string where)
    {
        var (wide, deep) = (new StringBuilder(where + "  a0: &a0 [x, x]\n"), new StringBuilder(where + "  a0: &a0 [x]\n"));
        for (var i = 1; i <= 60; i++)
        {
            wide.Append(CultureInfo.InvariantCulture, $"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
            deep.Append(CultureInfo.InvariantCulture, $"  a{i}: &a{i} [*a{i - 1}]\n");
        }
        foreach (var text in new[] { wide, deep })
            Assert.Contains("By aliases", Assert.Throws<TransferException>(() => Parse(text.ToString())).Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused() => Assert.Contains("nested deeper",
        Assert.Throws<TransferException>(() => Parse("a: " + new string('[', 5000) + new string(']', 5000))).Error.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("job.txt")]
    [InlineData("missing.yaml")]
    [InlineData("missing.conf")]
    public void A_file_that_can_not_be_read_is_a_mistake_of_the_user(string name) =>
        Assert.Equal(ErrorCode.ConfigurationInvalid, Assert.Throws<TransferException>(() => JobFile.Read(Path.Combine(_folder.FullName, name))).Error.Code);

    internal static JobFile Parse(string yaml) => JobFile.ParseYaml(new StringReader(yaml));

    internal static string Text(JobFile file)
    {
        using var text = new StringWriter { NewLine = "\n" };
        file.WriteYaml(text);
        return text.ToString();
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
