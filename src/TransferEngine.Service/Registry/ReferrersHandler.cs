using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>
/// <c>/v2/NAME/referrers/DIGEST</c> ("Listing Referrers"). Distribution's layout keeps no list of them, and another registry may have
/// written the tree: the repository's revisions are looked through. What each refers to is read once; the list comes in pages.
/// </summary>
internal sealed class ReferrersHandler(RegistryTreeView view)
{
    // The specification's limit for a manifest holds for this answer too; a page stays well below.
    private const int MaxPageBytes = 3 * 1024 * 1024;

    private const int MaxPage = 1_000;

    // One whose annotations alone would fill an answer is listed without them.
    private const int MaxDescriptorBytes = 1024 * 1024;

    private const int MaxRemembered = 100_000;

    // What each digest refers to never changes. Null: to nothing.
    private readonly ConcurrentDictionary<Digest, Digest?> _subjects = new();

    public IResult List(HttpContext context, RepositoryName repository, string item)
    {
        if (!Digest.TryParse(item, out var subject))
            return RegistryError.DigestInvalid($"'{Printable.Of(item)}' is no sha256 or sha512 digest.");
        var filter = context.Request.Query["artifactType"].ToString();
        var last = context.Request.Query["last"].ToString();
        if (filter.Length > 0)
            context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        var found = view.ListRevisions(repository)
            .Where(digest => string.CompareOrdinal(digest.ToString(), last) > 0 && FindSubject(repository, digest) == subject)
            .Select(digest => (Digest: digest, Descriptor: Describe(repository, digest)))
            .Where(referrer => referrer.Descriptor is { } known && (filter.Length == 0 || known["artifactType"]?.GetValue<string>() == filter));
        return Answer(context, found.Select(referrer => (referrer.Digest, referrer.Descriptor!)), filter);
    }

    private static ContentHttpResult Answer(HttpContext context, IEnumerable<(Digest Digest, JsonObject Descriptor)> referrers, string filter)
    {
        var page = new JsonArray();
        var size = 0;
        Digest? end = null;
        foreach (var (digest, descriptor) in referrers)
        {
            size += descriptor.ToJsonString().Length;
            if (end is not null && (size > MaxPageBytes || page.Count == MaxPage))
            {
                var more = filter.Length > 0 ? $"&artifactType={Uri.EscapeDataString(filter)}" : "";
                context.Response.Headers.Link = $"<{context.Request.Path}?last={end}{more}>; rel=\"next\"";
                break;
            }
            page.Add(descriptor);
            end = digest;
        }
        var index = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = page };
        return TypedResults.Text(index.ToJsonString(), MediaType.OciIndex);
    }

    private Digest? FindSubject(RepositoryName repository, Digest digest)
    {
        if (_subjects.TryGetValue(digest, out var known))
            return known;
        // A damaged manifest refers to nothing; whoever asks for it is told so.
        if (Find(repository, digest) is not { } manifest)
            return null;
        if (_subjects.Count >= MaxRemembered)
            _subjects.Clear();
        return _subjects[digest] = manifest.Subject?.Digest;
    }

    private JsonObject? Describe(RepositoryName repository, Digest digest)
    {
        if (Find(repository, digest) is not { } manifest)
            return null;
        var descriptor = ReferrerDescriptor.Of(manifest);
        if (descriptor.ToJsonString().Length > MaxDescriptorBytes)
            descriptor.Remove("annotations");
        return descriptor;
    }

    private Manifest? Find(RepositoryName repository, Digest digest)
    {
        try
        {
            return view.FindManifest(repository, digest);
        }
        catch (TransferException)
        {
            return null;
        }
    }
}
