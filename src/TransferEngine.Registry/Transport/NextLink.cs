using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>The next page of a list (RFC 8288): <c>Link: &lt;/v2/name/tags/list?last=x&amp;n=1000&gt;; rel="next"</c>.</summary>
internal static class NextLink
{
    /// <summary>
    /// Null on the last page. Registries behind a proxy name the page by an inner host, or by the scheme that they see: path and query
    /// are what counts, and they are asked for where the list itself was, so that no link leads credentials away.
    /// </summary>
    /// <exception cref="TransferException">There is a next page, but it can't be told which.</exception>
    public static Uri? Find(HttpResponseMessage response, Uri page, RequestSubject subject)
    {
        if (!response.Headers.TryGetValues("Link", out var headers))
            return null;
        var links = new List<(string Target, string? Relation)>();
        foreach (var header in headers)
            Parse(header, links);
        if (links.Count == 0)
            throw subject.Violation($"The registry names the next page of {subject.What} in a form that can't be understood.");
        // A link that does not say what it is for stands there for nothing else: some leave the relation out.
        var next = links.Find(link => IsNext(link.Relation)) is { Target: not null } named ? named : links.Find(link => link.Relation is null);
        return next.Target is null ? null : OnSameHost(next.Target, page)
            ?? throw subject.Violation($"The registry names '{Printable.Of(next.Target)}' as the next page of {subject.What}, which is none of its own.");
    }

    private static Uri? OnSameHost(string target, Uri page)
    {
        // Lists are below /v2/, those of Harbor's own interface below /api/: whatever is elsewhere is another server's.
        var root = page.Segments[0] + page.Segments[1];
        return Uri.TryCreate(page, target, out var named) && named.IsAbsoluteUri && named.AbsolutePath.StartsWith(root, StringComparison.Ordinal)
            ? new Uri(page.GetLeftPart(UriPartial.Authority) + named.PathAndQuery) : null;
    }

    // A relation may be several words: rel="prev next".
    private static bool IsNext(string? relation) => relation is not null && relation.Split(' ').Contains("next", StringComparer.OrdinalIgnoreCase);

    // One header may hold several: <one>; rel="prev" , <other>; rel=next. A target may hold commas and semicolons.
    private static void Parse(string header, List<(string Target, string? Relation)> links)
    {
        for (var start = header.IndexOf('<', StringComparison.Ordinal); start >= 0;)
        {
            var end = header.IndexOf('>', start);
            if (end < 0)
                return;
            var other = header.IndexOf('<', end);
            links.Add((header[(start + 1)..end], RelationIn(header[(end + 1)..(other < 0 ? header.Length : other)])));
            start = other;
        }
    }

    private static string? RelationIn(string parameters)
    {
        foreach (var parameter in parameters.Split(';', ','))
        {
            var parts = parameter.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && parts[0].Equals("rel", StringComparison.OrdinalIgnoreCase))
                return parts[1].Trim('"');
        }
        return null;
    }
}
