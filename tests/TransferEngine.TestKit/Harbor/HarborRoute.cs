namespace TransferEngine.TestKit.Harbor;

internal enum HarborResource
{
    Base,
    Catalog,
    Tags,
    Referrers,
    Manifest,
    Blob,
    Uploads,
    Upload,
    Unknown,
}

/// <summary>What a path below <c>/v2</c> addresses.</summary>
internal readonly record struct HarborRoute(HarborResource Resource, string Repository = "", string Item = "")
{
    /// <summary>The first component of the repository.</summary>
    public string Project => Repository.Split('/')[0];

    public static HarborRoute Parse(string path)
    {
        if (path is "/v2" or "/v2/")
            return new HarborRoute(HarborResource.Base);
        var parts = path[4..].Split('/');
        return parts switch
        {
            ["_catalog"] => new HarborRoute(HarborResource.Catalog),
            [_, .., "tags", "list"] => Of(HarborResource.Tags, parts[..^2]),
            [_, .., "blobs", "uploads"] => Of(HarborResource.Uploads, parts[..^2], "no slash"),
            [_, .., "blobs", "uploads", ""] => Of(HarborResource.Uploads, parts[..^3]),
            [_, .., "blobs", "uploads", var id] => Of(HarborResource.Upload, parts[..^3], id),
            [_, .., "manifests", var reference] => Of(HarborResource.Manifest, parts[..^2], reference),
            [_, .., "blobs", var digest] => Of(HarborResource.Blob, parts[..^2], digest),
            [_, .., "referrers", var digest] => Of(HarborResource.Referrers, parts[..^2], digest),
            _ => new HarborRoute(HarborResource.Unknown),
        };
    }

    private static HarborRoute Of(HarborResource resource, string[] name, string item = "") => new(resource, string.Join('/', name), item);
}
