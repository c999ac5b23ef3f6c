namespace TransferEngine.Registry;

/// <summary>The next page of a listing (RFC 8288): <c>Link: &lt;/v2/name/tags/list?last=x&amp;n=1000&gt;; rel="next"</c>.</summary>
internal static class NextLink
{
    /// <summary>Absolute or relative, but only ever on the registry itself; null on the last page.</summary>
    public static Uri? Find(HttpResponseMessage response, Uri page, RegistryTransport transport)
    {
        if (!response.Headers.TryGetValues("Link", out var links))
            return null;
        foreach (var link in links.SelectMany(Targets))
        {
            if (Uri.TryCreate(page, link, out var next) && transport.IsOwn(next) && next != page)
                return next;
        }
        return null;
    }

    // One header may hold several: <one>; rel="prev" , <other>; rel="next".
    private static IEnumerable<string> Targets(string header)
    {
        for (var start = header.IndexOf('<', StringComparison.Ordinal); start >= 0;)
        {
            var end = header.IndexOf('>', start);
            if (end < 0)
                yield break;
            var other = header.IndexOf('<', end);
            if (header[end..(other < 0 ? header.Length : other)].Contains("next", StringComparison.OrdinalIgnoreCase))
                yield return header[(start + 1)..end];
            start = other;
        }
    }
}
