using System.Text.RegularExpressions;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.TestKit.Harbor;

/// <summary>An artifact that Harbor counts as belonging to another one.</summary>
/// <param name="Manifest">The artifact itself.</param>
/// <param name="Subject">What it belongs to, whether or not that is there.</param>
/// <param name="Type">In Harbor's words.</param>
internal sealed record HarborAccessory(Manifest Manifest, Digest Subject, string Type);

/// <summary>
/// The accessories of a repository: what has a <c>subject</c>, and cosign's signatures by their tag. <c>.att</c> and <c>.sbom</c> tags are
/// artifacts like others.
/// </summary>
internal static partial class HarborAccessories
{
    private const string SignatureLayer = "application/vnd.dev.cosign.simplesigning.v1+json";

    public static IReadOnlyList<HarborAccessory> Of(RegistryTreeView view, RepositoryName repository)
    {
        var found = new Dictionary<Digest, HarborAccessory>();
        foreach (var digest in view.ListRevisions(repository))
        {
            if (Read(view, repository, digest) is { Subject: { } subject } manifest)
                found[digest] = new HarborAccessory(manifest, subject.Digest, "subject.accessory");
        }
        foreach (var tag in view.ListTags(repository) ?? [])
        {
            if (SignatureTag().Match(tag.ToString()) is { Success: true } match && view.FindTag(repository, tag) is { } digest
                && Read(view, repository, digest) is { } manifest && manifest.Blobs.Any(blob => blob.MediaType == SignatureLayer))
                found[digest] = new HarborAccessory(manifest, Digest.Parse("sha256:" + match.Groups[1].Value), "signature.cosign");
        }
        return [.. found.Values.OrderBy(accessory => accessory.Manifest.Digest)];
    }

    /// <summary>A sound manifest: Harbor's database knows of no others.</summary>
    public static Manifest? Read(RegistryTreeView view, RepositoryName repository, Digest digest)
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

    [GeneratedRegex(@"\Asha256-([0-9a-f]{64})\.sig\z")]
    private static partial Regex SignatureTag();
}
