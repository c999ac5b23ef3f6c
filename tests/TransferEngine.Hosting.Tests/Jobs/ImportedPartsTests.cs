using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Hosting.Tests.Jobs;

/// <summary>What of other tools' files says which parts of an image come along, and what only looks like an image.</summary>
public sealed class ImportedPartsTests : IDisposable
{
    internal const string WholeImageSyncer = """
        {
          "auth": {
            "harbor.example.org": {"username": "admin", "password": "s3cret", "insecure": true}
          },
          "images": {
            "quay.io/coreos/etcd:v3.4": ["harbor.example.org/mirror/etcd", "harbor.example.org/b/etcd:v3.4"],
            "acme/web:1.0,1.1": "harbor.example.org/mirror/web"
          }
        }
        """;

    internal const string RegsyncOfParts = """
        version: 1
        defaults:
          referrers: false
          interval: 60m
        sync:
          - source: ghcr.io/acme/one
            target: registry.example.org/one
            type: repository
            platforms: ["linux/amd64", "linux/arm64"]
            referrers: true
          - source: ghcr.io/acme/two:1.0
            target: registry.example.org/two:1.0
            type: image
            platforms: ["local"]
          - source: ghcr.io/acme/three
            target: registry.example.org/three
            type: repository
            digestTags: true
          - source: ocidir:///data/cache
            target: registry.example.org/cache
            type: repository
          - source: ghcr.io/acme/four:1.0
            target: ocidir:///data/out:1.0
            type: image
          - source: ocidir://data
            target: registry.example.org
            type: registry
          - source: registry.example.com
            target: registry.example.org
            type: registry
            platforms: ["linux/amd64"]
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Image_syncers_single_file_is_told_from_skopeos()
    {
        var imported = JobFileImport.Import(Write("config.json", WholeImageSyncer));
        Assert.Equal(
            [
                "quay.io: coreos/etcd:v3.4 => exact=coreos/etcd:mirror/etcd",
                "quay.io: coreos/etcd:v3.4 => exact=coreos/etcd:b/etcd",
                "docker.io: acme/web:1.0 acme/web:1.1 => exact=acme/web:mirror/web",
            ],
            imported.File.Jobs.Select(ImportTests.Line));
        Assert.All(imported.File.Jobs, job => Assert.Equal(false, job.Target.TlsVerify));
        Assert.True(imported.IsComplete);
        Assert.Equal(3, Assert.Single(imported.Notes).Line);
        ImportTests.AssertNoSecret(imported);
    }

    [Fact]
    public void Regsyncs_platforms_and_referrers_are_carried_over()
    {
        var jobs = JobFileImport.Import(Write("regsync.yml", RegsyncOfParts)).File.Jobs;
        string Parts(string name)
        {
            var job = jobs.Single(job => (job.Select.Images ?? []).Append(job.Source.Address).Contains(name));
            return $"{string.Join(' ', job.Select.Platforms)} {job.Select.Referrers}";
        }
        Assert.Equal("linux/amd64 linux/arm64 True", Parts("acme/one"));
        Assert.Equal(" False", Parts("acme/two:1.0"));
        Assert.Equal(" True", Parts("acme/three"));
        Assert.Equal("linux/amd64 False", Parts("docker://registry.example.com"));
    }

    [Fact]
    public void A_folder_of_images_is_never_taken_for_an_image_of_Docker_Hub()
    {
        var imported = JobFileImport.Import(Write("regsync.yml", RegsyncOfParts));
        Assert.DoesNotContain(imported.File.Jobs, job => (job.Source.Address + job.Target.Address + string.Join(' ', job.Select.Images ?? [])).Contains("ocidir", StringComparison.Ordinal));
        Assert.Equal([4, 14, 19, 22, 25], imported.Notes.Where(note => note.IsLoss).Select(note => note.Line!.Value));
        Assert.Equal(3, imported.Notes.Count(note => note.Text.Contains("oci:PATH", StringComparison.Ordinal)));

        Assert.Equal([1], JobFileImport.Import(Write("images.yaml", "oci:///data/x: registry.example.org/x\n")).Notes.Select(note => note.Line!.Value));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.Of(name), text);
        return _folder.Of(name);
    }
}
