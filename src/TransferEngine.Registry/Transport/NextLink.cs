namespace TransferEngine.Registry;

/// <summary>The next page of a listing (RFC 8288): <c>Link: &lt;/v2/name/tags/list?last=x&amp;n=1000&gt;; rel="next"</c>.</summary>
internal static class NextLink
{
    /// <summary>Absolute or relative, but only ever on the registry itself; null on the last page.</summary>
    public static Uri? Find(HttpResponseMessage response, Uri page, RegistryTransport transport)
    {
        if (!response.Headers.TryGetValues("Link", out var links))
            return null;
        foreach (var link in links)
        {
            var (start, end) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
            if (start >= 0 && end > start && link.Contains("next", StringComparison.OrdinalIgnoreCase)
                && Uri.TryCreate(page, link[(start + 1)..end], out var next) && transport.IsOwn(next) && next != page)
                return next;
        }
        return null;
    }
}
