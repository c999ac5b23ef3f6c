using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>
/// <c>/v2/NAME/referrers/DIGEST</c> ("Listing Referrers"). Distribution's layout keeps no list of them, and another registry may have
/// written the tree: the repository's revisions are looked through, each manifest once in the life of the process.
/// </summary>
internal sealed class ReferrersHandler(RegistryTreeView view)
{
    // The specification's limit for a manifest holds for this answer too; a page stays well below.
    private const int MaxPageBytes = 3 * 1024 * 1024;

    private const int MaxRemembered = 500_000;

    // What each digest refers to never changes. Null: to nothing.
    private readonly ConcurrentDictionary<Digest, Referrer?> _known = new();

    public IResult List(HttpContext context, RepositoryName repository, string item)
    {
        if (!Digest.TryParse(item, out var subject))
            return RegistryError.DigestInvalid($"'{Printable.Of(item)}' is no sha256 or sha512 digest.");
        var filter = context.Request.Query["artifactType"].ToString();
        var last = context.Request.Query["last"].ToString();
        if (filter.Length > 0)
            context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        var found = view.ListRevisions(repository)
            .Where(digest => string.CompareOrdinal(digest.ToString(), last) > 0)
            .Select(digest => (Digest: digest, Referrer: Find(repository, digest)))
            .Where(revision => revision.Referrer is { } referrer && referrer.Subject == subject && (filter.Length == 0 || referrer.ArtifactType == filter));
        return Answer(context, found.Select(revision => (revision.Digest, revision.Referrer!)), filter);
    }

    private static ContentHttpResult Answer(HttpContext context, IEnumerable<(Digest Digest, Referrer Referrer)> referrers, string filter)
    {
        var page = new JsonArray();
        var size = 0;
        Digest? end = null;
        foreach (var (digest, referrer) in referrers)
        {
            if ((size += referrer.Descriptor.Length) > MaxPageBytes && end is not null)
            {
                var more = filter.Length > 0 ? $"&artifactType={Uri.EscapeDataString(filter)}" : "";
                context.Response.Headers.Link = $"<{context.Request.Path}?last={end}{more}>; rel=\"next\"";
                break;
            }
            page.Add(JsonNode.Parse(referrer.Descriptor));
            end = digest;
        }
        var index = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = page };
        return TypedResults.Text(index.ToJsonString(), MediaType.OciIndex);
    }

    private Referrer? Find(RepositoryName repository, Digest digest)
    {
        if (_known.TryGetValue(digest, out var known))
            return known;
        Referrer? found = null;
        try
        {
            if (view.FindManifest(repository, digest) is { Subject: { } subject } manifest)
                found = Describe(manifest, subject.Digest);
        }
        catch (TransferException)
        {
            // A damaged manifest refers to nothing; whoever asks for it is told so.
            return null;
        }
        if (_known.Count > MaxRemembered)
            _known.Clear();
        return _known[digest] = found;
    }

    private static Referrer Describe(Manifest manifest, Digest subject)
    {
        var descriptor = ReferrerDescriptor.Of(manifest);
        return new Referrer(subject, descriptor["artifactType"]?.GetValue<string>() ?? "", descriptor.ToJsonString());
    }

    private sealed record Referrer(Digest Subject, string ArtifactType, string Descriptor);
}
