using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace TransferEngine.TestKit.Harbor;

/// <summary>Lists of Harbor's own API: numbered pages of 10, or of up to 100 if asked for, with the count of all and links to the neighbours.</summary>
internal static class HarborPage
{
    private const int Largest = 100;

    public static Task AnswerAsync<T>(HttpContext http, IReadOnlyList<T> all, Func<T, object> describe)
    {
        var (page, size) = (Number(http, "page", 1), Number(http, "page_size", 10));
        if (size > Largest)
            return HarborReply.ErrorAsync(http, 422, "UNPROCESSABLE_ENTITY", $"page_size in query should be less than or equal to {Largest}");
        var links = new List<string>();
        if (page > 1 && (page - 1) * size < all.Count)
            links.Add($"<{Address(http, page - 1, size)}>; rel=\"prev\"");
        if (page * size < all.Count)
            links.Add($"<{Address(http, page + 1, size)}>; rel=\"next\"");
        http.Response.Headers["X-Total-Count"] = all.Count.ToString(CultureInfo.InvariantCulture);
        if (links.Count > 0)
            http.Response.Headers.Link = string.Join(" , ", links);
        return HarborReply.JsonAsync(http, 200, all.Skip((page - 1) * size).Take(size).Select(describe));
    }

    // The path as it was written, since what was encoded twice must be so again; the query as Go writes it, in the order of its keys.
    private static string Address(HttpContext http, int page, int size)
    {
        var path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        var query = http.Request.Query.Where(pair => pair.Key is not ("page" or "page_size")).Select(pair => $"{pair.Key}={pair.Value}")
            .Append($"page={page}").Append($"page_size={size}").Order(StringComparer.Ordinal);
        return $"{path}?{string.Join('&', query)}";
    }

    private static int Number(HttpContext http, string key, int otherwise) =>
        int.TryParse(http.Request.Query[key], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : otherwise;
}
