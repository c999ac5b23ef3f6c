using TransferEngine.Images;

namespace TransferEngine.Service.Registry;

/// <summary>What the paths of the distribution specification address ("Endpoints").</summary>
internal enum RegistryResource
{
    Base,
    Catalog,
    Tags,
    Manifest,
    Blob,
    Uploads,
    Upload,
    Referrers,
    Unknown,
}

/// <summary>A request's path, taken apart. Names are told from the end, as a repository may itself be called <c>a/manifests/b</c>.</summary>
/// <param name="Resource">What it addresses.</param>
/// <param name="Name">The repository as written; empty for the first two.</param>
/// <param name="Item">The tag, digest or session as written, where one belongs there.</param>
internal readonly record struct RegistryRoute(RegistryResource Resource, string Name = "", string Item = "")
{
    public RepositoryName? Repository => RepositoryName.TryParse(Name, out var repository) ? repository : null;

    public static RegistryRoute Parse(string path)
    {
        if (path is "/v2" or "/v2/")
            return new RegistryRoute(RegistryResource.Base);
        if (!path.StartsWith("/v2/", StringComparison.Ordinal))
            return new RegistryRoute(RegistryResource.Unknown);
        var parts = path[4..].Split('/');
        return parts switch
        {
            ["_catalog"] => new RegistryRoute(RegistryResource.Catalog),
            [_, .., "tags", "list"] => Of(RegistryResource.Tags, parts[..^2]),
            [_, .., "blobs", "uploads"] or [_, .., "blobs", "uploads", ""] => Of(RegistryResource.Uploads, parts[..Array.LastIndexOf(parts, "blobs")]),
            [_, .., "blobs", "uploads", var id] => Of(RegistryResource.Upload, parts[..^3], id),
            [_, .., "manifests", var reference] => Of(RegistryResource.Manifest, parts[..^2], reference),
            [_, .., "blobs", var digest] => Of(RegistryResource.Blob, parts[..^2], digest),
            [_, .., "referrers", var digest] => Of(RegistryResource.Referrers, parts[..^2], digest),
            _ => new RegistryRoute(RegistryResource.Unknown),
        };
    }

    private static RegistryRoute Of(RegistryResource resource, string[] name, string item = "") => new(resource, string.Join('/', name), item);
}
