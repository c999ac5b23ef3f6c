using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class ReferrersTagTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");

    private ScriptedRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await ScriptedRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData(""", "subject": {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"SUBJECT","size":2}""")]
    public async Task A_list_of_referrers_is_written_once_whatever_it_says_of_itself(string ofItself)
    {
        var subject = Digest.OfSha256("{}"u8);
        var list = $$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[]{{ofItself.Replace("SUBJECT", subject.ToString(), StringComparison.Ordinal)}}}""";
        _registry.Answer = (request, http) => ScriptedRegistry.StatusAsync(http, request.Method == "PUT" ? 201 : 200, request.Method == "PUT" ? "" : list);
        await using var target = await _registry.ConnectAsync();
        await target.PutManifestAsync(App, Tag.Parse("sig"), Signature(subject), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["PUT /v2/team/app/manifests/sig", $"GET /v2/team/app/manifests/sha256-{subject.Hex}", $"PUT /v2/team/app/manifests/sha256-{subject.Hex}"],
            _registry.Requests.Skip(1).Where(request => request.Target != "/v2/").Select(request => request.ToString()));
    }

    private static Manifest Signature(Digest subject)
    {
        var empty = $$"""{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{{Digest.OfSha256("{}"u8)}}","size":2}""";
        var bytes = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaType.OciManifest}}","artifactType":"test/signature","config":{{empty}},"layers":[{{empty}}],
             "subject":{"mediaType":"{{MediaType.OciManifest}}","digest":"{{subject}}","size":2} }
            """);
        return ManifestReader.Read(bytes, Digest.OfSha256(bytes));
    }
}
