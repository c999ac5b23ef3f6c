using System.Net;
using System.Text.Json.Nodes;
using TransferEngine.Images;

namespace TransferEngine.Service.Tests.Conformance;

/// <summary>Distribution specification 1.1, "Content Discovery", and distribution's catalog.</summary>
public abstract class DiscoveryRequirements(RegistryUnderTest registry)
{
    protected RegistryClient Client => registry.Client;

    [Fact]
    public virtual async Task Tags_are_listed_in_ASCII_order()
    {
        var name = await PushTagsAsync("b", "a", "_x", "current", "B");
        var answer = await Client.GetAsync($"/v2/{name}/tags/list");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(name, answer.Json.GetProperty("name").GetString());
        Assert.Equal(["B", "_x", "a", "b", "current"], Tags(answer));
    }

    [Fact]
    public virtual async Task Tags_are_listed_in_pages_by_n_and_last_with_a_link_to_the_next()
    {
        var name = await PushTagsAsync("a", "b", "c", "d", "e");
        var first = await Client.GetAsync($"/v2/{name}/tags/list?n=2");
        Assert.Equal(["a", "b"], Tags(first));
        var second = await Client.GetAsync(Next(first));
        Assert.Equal(["c", "d"], Tags(second));
        var third = await Client.GetAsync(Next(second));
        Assert.Equal(["e"], Tags(third));
        Assert.Null(third.Header("Link"));
        Assert.Equal(["d", "e"], Tags(await Client.GetAsync($"/v2/{name}/tags/list?last=c")));
    }

    [Fact]
    public virtual async Task A_page_of_no_tags_is_empty_and_has_no_link()
    {
        var name = await PushTagsAsync("a");
        var answer = await Client.GetAsync($"/v2/{name}/tags/list?n=0");
        Assert.Empty(Tags(answer));
        Assert.Null(answer.Header("Link"));
    }

    [Fact]
    public async Task Tags_of_a_repository_that_does_not_exist_are_answered_404_NAME_UNKNOWN()
    {
        var answer = await Client.GetAsync($"/v2/{RegistryClient.NewName()}/tags/list");
        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal("NAME_UNKNOWN", answer.ErrorCode);
    }

    [Fact]
    public async Task The_catalog_lists_all_repositories_in_pages()
    {
        var names = new[] { await PushTagsAsync("a"), await PushTagsAsync("a"), await PushTagsAsync("a") };
        var listed = new List<string>();
        for (var path = "/v2/_catalog?n=2"; path.Length > 0;)
        {
            var page = await Client.GetAsync(path);
            listed.AddRange(page.Json.GetProperty("repositories").EnumerateArray().Select(item => item.GetString()!));
            path = page.Header("Link") is null ? "" : Next(page);
        }
        Assert.Superset(names.ToHashSet(), listed.ToHashSet());
        Assert.Equal(listed.Count, listed.Distinct().Count());
    }

    [Fact]
    public virtual async Task Referrers_of_what_nothing_refers_to_are_an_empty_index()
    {
        var name = RegistryClient.NewName();
        var answer = await Client.GetAsync($"/v2/{name}/referrers/{Digest.OfSha256([1])}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(MediaType.OciIndex, answer.Header("Content-Type")!.Split(';')[0]);
        Assert.Empty(answer.Json.GetProperty("manifests").EnumerateArray());
    }

    [Fact]
    public virtual async Task Referrers_are_listed_with_artifact_type_and_annotations_and_filtered_by_type()
    {
        var name = RegistryClient.NewName();
        var image = await Client.PushImageAsync(name, "latest");
        var subject = new Descriptor(MediaType.OciManifest, Digest.OfSha256(image), image.Length);
        var signature = await PushReferrerAsync(name, subject, "application/vnd.example.signature");
        var plain = await Client.PushImageAsync(name, "plain", subject);

        var all = Referrers(await Client.GetAsync($"/v2/{name}/referrers/{subject.Digest}"));
        Assert.Equal(new[] { Digest.OfSha256(signature), Digest.OfSha256(plain) }.Order(), all.Select(found => Digest.Parse(found.Digest)).Order());
        // Without an artifact type of its own, the config's media type stands for it.
        Assert.Contains(all, found => found.Type == MediaType.OciConfig);

        var filtered = await Client.GetAsync($"/v2/{name}/referrers/{subject.Digest}?artifactType=application%2Fvnd.example.signature");
        Assert.Equal("artifactType", filtered.Header("OCI-Filters-Applied"));
        Assert.Equal("application/vnd.example.signature", Assert.Single(Referrers(filtered)).Type);
        Assert.Equal("test", filtered.Json.GetProperty("manifests")[0].GetProperty("annotations").GetProperty("by").GetString());
    }

    private async Task<byte[]> PushReferrerAsync(string name, Descriptor subject, string type)
    {
        var manifest = JsonNode.Parse(await Client.MakeImageAsync(name, subject))!.AsObject();
        manifest["artifactType"] = type;
        manifest["annotations"] = new JsonObject { ["by"] = "test" };
        var bytes = System.Text.Encoding.UTF8.GetBytes(manifest.ToJsonString());
        Assert.Equal(HttpStatusCode.Created, (await Client.PutManifestAsync(name, Digest.OfSha256(bytes).ToString(), bytes)).Status);
        return bytes;
    }

    protected async Task<string> PushTagsAsync(params string[] tags)
    {
        var name = RegistryClient.NewName();
        var manifest = await Client.MakeImageAsync(name);
        foreach (var tag in tags)
            Assert.Equal(HttpStatusCode.Created, (await Client.PutManifestAsync(name, tag, manifest)).Status);
        return name;
    }

    protected static string[] Tags(Answer answer) => [.. answer.Json.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];

    /// <summary>The path of a Link header (RFC 8288).</summary>
    private string Next(Answer answer)
    {
        var link = answer.Header("Link")!;
        Assert.EndsWith("rel=\"next\"", link, StringComparison.Ordinal);
        return new Uri(Client.Address, link[1..link.IndexOf('>', StringComparison.Ordinal)]).PathAndQuery;
    }

    private static (string Digest, string Type)[] Referrers(Answer answer) =>
        [.. answer.Json.GetProperty("manifests").EnumerateArray().Select(found => (found.GetProperty("digest").GetString()!, found.GetProperty("artifactType").GetString()!))];
}

/// <summary>Our server against them.</summary>
public sealed class OurServerIsDiscovered(OurRegistry registry) : DiscoveryRequirements(registry), IClassFixture<OurRegistry>;

/// <summary>Distribution 2.8 against them, and where it differs.</summary>
public sealed class DebiansServerIsDiscovered(DebiansRegistry registry) : DiscoveryRequirements(registry), IClassFixture<DebiansRegistry>
{
    /// <summary>Not conforming: tags come in the order of the folder's entries.</summary>
    public override async Task Tags_are_listed_in_ASCII_order()
    {
        var name = await PushTagsAsync("b", "a", "_x", "current", "B");
        Assert.Equal(["B", "_x", "a", "b", "current"], Tags(await Client.GetAsync($"/v2/{name}/tags/list")).Order(StringComparer.Ordinal));
    }

    /// <summary>Not conforming: 2.8 knows no pages of tags and answers all of them, without a link.</summary>
    public override async Task Tags_are_listed_in_pages_by_n_and_last_with_a_link_to_the_next()
    {
        var name = await PushTagsAsync("a", "b", "c");
        var answer = await Client.GetAsync($"/v2/{name}/tags/list?n=2");
        Assert.Equal(3, Tags(answer).Length);
        Assert.Null(answer.Header("Link"));
    }

    /// <summary>Not conforming, as above.</summary>
    public override async Task A_page_of_no_tags_is_empty_and_has_no_link() =>
        Assert.Single(Tags(await Client.GetAsync($"/v2/{await PushTagsAsync("a")}/tags/list?n=0")));

    /// <summary>Older than 1.1: there is no such endpoint, and clients look for the fallback tag.</summary>
    public override async Task Referrers_of_what_nothing_refers_to_are_an_empty_index() =>
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{RegistryClient.NewName()}/referrers/{Digest.OfSha256([1])}")).Status);

    /// <summary>Older than 1.1, as above: what refers to an image is stored, but not listed.</summary>
    public override async Task Referrers_are_listed_with_artifact_type_and_annotations_and_filtered_by_type()
    {
        var name = RegistryClient.NewName();
        var image = await Client.PushImageAsync(name, "latest");
        var subject = new Descriptor(MediaType.OciManifest, Digest.OfSha256(image), image.Length);
        await Client.PushImageAsync(name, "signature", subject);
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{name}/referrers/{subject.Digest}")).Status);
    }
}
