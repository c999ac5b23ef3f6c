using System.Globalization;
using Microsoft.AspNetCore.Http;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Service.Registry;

/// <summary>
/// <c>/v2/NAME/tags/list</c> ("Listing Tags") and distribution's <c>/v2/_catalog</c>, both in pages by <c>n</c> and <c>last</c> with
/// a <c>Link</c> to the next (RFC 8288).
/// </summary>
internal sealed class ListingHandler(RegistryTreeView view)
{
    // A catalog is walked for each page: without a wish for less, few pages.
    private const int CatalogPage = 1_000;

    // Nor is one of any size put together for whoever wishes for more.
    private const int LargestCatalogPage = 10_000;

    public IResult Tags(HttpContext context, RepositoryName repository)
    {
        if (!TryReadPage(context.Request, int.MaxValue, out var count))
            return InvalidCount;
        if (view.ListTags(repository) is not { } tags)
            return RegistryError.NameUnknown(repository.ToString());
        var last = context.Request.Query["last"].ToString();
        var page = Page(context, tags.Select(tag => tag.ToString()).Where(tag => string.CompareOrdinal(tag, last) > 0), count);
        return TypedResults.Json(new { name = repository.ToString(), tags = page });
    }

    public IResult Catalog(HttpRequest request)
    {
        if (!TryReadPage(request, CatalogPage, out var count))
            return InvalidCount;
        var last = request.Query["last"].ToString();
        var names = view.ListRepositories().Select(name => name.ToString()).Where(name => CompareByFolder(name, last) > 0);
        return TypedResults.Json(new { repositories = Page(request.HttpContext, names, Math.Min(count, LargestCatalogPage)) });
    }

    private static RegistryError InvalidCount => new(StatusCodes.Status400BadRequest, "PAGINATION_NUMBER_INVALID", "The parameter n is no number of entries.");

    private static bool TryReadPage(HttpRequest request, int standard, out int count)
    {
        count = standard;
        return !request.Query.TryGetValue("n", out var text) || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count);
    }

    private static List<string> Page(HttpContext context, IEnumerable<string> items, int count)
    {
        var page = new List<string>();
        // The specification wants no link beside an empty page.
        if (count == 0)
            return page;
        foreach (var item in items)
        {
            if (page.Count == count)
            {
                context.Response.Headers.Link = $"<{context.Request.Path}?n={count}&last={Uri.EscapeDataString(page[^1])}>; rel=\"next\"";
                break;
            }
            page.Add(item);
        }
        return page;
    }

    /// <summary>The order of the walk: a repository, those in its folder, then its neighbours (<c>a</c>, <c>a/b</c>, <c>a-b</c>).</summary>
    private static int CompareByFolder(string left, string right) =>
        string.CompareOrdinal(left.Replace('/', '\0'), right.Replace('/', '\0'));
}
