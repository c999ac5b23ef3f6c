using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// What an answer must show to be believed. Between here and a registry stand proxies, portals and fronts that answer whatever they are
/// asked with a success and a page of theirs; and a registry may say something else than what was asked.
/// </summary>
internal static class Proof
{
    private static readonly string[] RegistrysOwn = ["Docker-Distribution-Api-Version", "Docker-Content-Digest", "Docker-Upload-UUID", "OCI-Subject"];

    /// <summary>A web page, with nothing that says that a registry wrote it: somebody in between answers in its place.</summary>
    public static bool IsWebPage(HttpResponseMessage response) =>
        TypeOf(response) is "text/html" or "application/xhtml+xml" && response.Content.Headers.ContentLength != 0 && !RegistrysOwn.Any(response.Headers.Contains);

    /// <summary>A page that comes as a success.</summary>
    public static bool IsPage(HttpResponseMessage response) => response.IsSuccessStatusCode && IsWebPage(response);

    public static TransferException Page(RequestSubject subject) => new(subject.Error(ErrorCode.ProtocolViolation,
        $"{subject.Host} was asked for {subject.What}, and answers with a web page: something on the way there answers in the registry's place.")
        with { IsTransient = true, Hint = "Look for a proxy or a login page between here and the registry." });

    public static Digest? DigestOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Docker-Content-Digest", out var values) && Digest.TryParse(values.FirstOrDefault(), out var digest) ? digest : null;

    /// <summary>The answer is about other content. One algorithm says nothing of another: registries keep what came as sha512 as sha256.</summary>
    public static bool Contradicts(HttpResponseMessage response, Digest digest) =>
        DigestOf(response) is { } stated && stated.Algorithm == digest.Algorithm && stated != digest;

    /// <summary>The length of a blob that a HEAD found.</summary>
    /// <exception cref="TransferException">The answer gives none, or is about another blob.</exception>
    public static long BlobLength(HttpResponseMessage response, Digest digest, RequestSubject subject)
    {
        if (Contradicts(response, digest))
            throw subject.Violation($"The registry was asked for the blob {digest}, and answers for another one.");
        return response.Content.Headers.ContentLength ?? throw subject.Violation("The registry does not say how long the blob is.");
    }

    /// <summary>
    /// Which manifest a HEAD found: what the registry says. Where it says nothing, the digest that was asked for is believed only beside a
    /// manifest's own media type; null if it is not.
    /// </summary>
    /// <exception cref="TransferException">The answer is about another manifest.</exception>
    public static Digest? ManifestDigest(HttpResponseMessage response, Reference reference, RequestSubject subject)
    {
        if (reference.Digest is { } asked && Contradicts(response, asked))
            throw subject.Violation($"The registry was asked for the manifest {asked}, and answers for another one.");
        var stated = DigestOf(response);
        return reference.Digest is null ? stated
            : stated is not null || IsManifest(TypeOf(response)) ? reference.Digest : null;
    }

    /// <summary>Whether the answer is of this media type, in any writing.</summary>
    public static bool IsOfType(HttpResponseMessage response, string mediaType) => TypeOf(response) == mediaType;

    private static bool IsManifest(string type) => MediaType.IsManifest(type) || MediaType.IsIndex(type) || MediaType.IsSchema1(type);

    private static string TypeOf(HttpResponseMessage response) =>
        MediaType.Normalize(response.Content.Headers.TryGetValues("Content-Type", out var values) ? values.FirstOrDefault() : null);
}
