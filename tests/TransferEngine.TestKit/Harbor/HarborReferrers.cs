using System.Globalization;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;

namespace TransferEngine.TestKit.Harbor;

/// <summary>
/// <c>/v2/NAME/referrers/DIGEST</c>: the subject's accessories, cosign's signatures by tag among them. 2.9 knows none of a subject that is
/// not there, and describes them wrongly.
/// </summary>
internal sealed class HarborReferrers(HarborDouble harbor)
{
    public Task ListAsync(HttpContext http, HarborRoute route)
    {
        if (!Digest.TryParse(route.Item, out var subject))
            return HarborReply.ErrorAsync(http, 400, "BAD_REQUEST", $"unsupported digest {route.Item}");
        var repository = RepositoryName.Parse(route.Repository);
        var filter = http.Request.Query["artifactType"].ToString();
        var found = HarborAccessories.Of(harbor.View, repository).Where(accessory => accessory.Subject == subject)
            .Select(accessory => Describe(repository, accessory.Manifest)).Where(one => filter.Length == 0 || one.artifactType == filter).ToList();
        if (filter.Length > 0)
            http.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        http.Response.Headers["X-Total-Count"] = found.Count.ToString(CultureInfo.InvariantCulture);
        var isEmpty = harbor.Version == HarborVersion.V29 && (found.Count == 0 || !harbor.View.HasRevision(repository, subject));
        return HarborReply.JsonAsync(http, 200, isEmpty ? new object() : new { schemaVersion = 2, mediaType = MediaType.OciIndex, manifests = found },
            harbor.Version == HarborVersion.V29 ? "application/json" : MediaType.OciIndex);
    }

    private HarborReferrer Describe(RepositoryName repository, Manifest manifest)
    {
        var content = HarborManifest.Parse(manifest.Bytes);
        var isOld = harbor.Version == HarborVersion.V29;
        // The old one tells the size of the whole artifact, and never looks at its artifactType.
        var size = manifest.Bytes.Length + (isOld ? manifest.Blobs.Sum(blob => blob.Size) : 0);
        return new HarborReferrer(manifest.MediaType, manifest.Digest.ToString(), size, isOld ? content.ConfigType : content.ArtifactType ?? content.ConfigType);
    }
}

/// <summary>A descriptor in a list of referrers, its fields named as there.</summary>
internal sealed record HarborReferrer(string mediaType, string digest, long size, string? artifactType);
