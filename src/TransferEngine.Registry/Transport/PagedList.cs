using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TransferEngine.Registry;

/// <summary>
/// A list that comes in pages (specification, "Content Discovery" and "Listing Referrers"; distribution's catalog; Harbor's lists). It ends only
/// when the registry says so, by a page that names no next one: a page that can't be had, or a link that can't be followed, is an
/// error of what the list belongs to, never the end.
/// </summary>
/// <param name="subject">What is listed.</param>
/// <param name="get">Asks for a page. The body of what 200 brings can be read from memory.</param>
internal sealed class PagedList(RequestSubject subject, Func<Uri, CancellationToken, Task<HttpResponseMessage>> get)
{
    public const int EntriesPerPage = 1000;

    /// <summary>Many registries, distribution 2 among them, give everything at once whatever is asked for.</summary>
    public const int MaxPageBytes = 32 * 1024 * 1024;

    private const int MaxPages = 10_000;

    /// <summary>Whether the first answer says that there is no such list, or that it is not for everybody.</summary>
    public Func<HttpResponseMessage, bool> IsNone { get; init; } = response => response.StatusCode == HttpStatusCode.NotFound;

    /// <summary>An empty object is an empty list, too: Harbor 2.9 writes so where nothing refers to an image.</summary>
    public bool IsNoneWhenBare { get; init; }

    /// <summary>The entries page by page; one null if the registry has no such list.</summary>
    /// <param name="first">The first page.</param>
    /// <param name="property">The member of the page that is the list; null where the page itself is.</param>
    /// <param name="read">Reads one entry. What it throws over JSON of another form makes the list unreadable.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async IAsyncEnumerable<IReadOnlyList<T>?> ReadAsync<T>(
        Uri first, string? property, Func<JsonElement, T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        // A page that can't be read is asked for once more: something on the way may have cut it short, and its length with it.
        var again = new HashSet<string>(StringComparer.Ordinal);
        var isFirst = true;
        for (Uri? page = first; page is not null;)
        {
            if (!seen.Add(page.PathAndQuery) || seen.Count > MaxPages)
                throw subject.Violation($"The registry's {Noun} does not end: its pages lead in a circle, or there are over {MaxPages}.");
            using var response = await get(page, cancellationToken);
            if (isFirst && IsNone(response))
            {
                yield return null;
                yield break;
            }
            // Some take no page as large as that; left to itself a registry knows its measure.
            if (isFirst && response.StatusCode == HttpStatusCode.BadRequest && page.Query.Length > 0)
            {
                page = new Uri(page.GetLeftPart(UriPartial.Path));
                continue;
            }
            if (response.StatusCode != HttpStatusCode.OK)
                throw await RegistryErrors.FromAsync(response, isFirst ? subject : OfNext, cancellationToken);
            var entries = Entries(await BoundedBody.ReadAsync(response, MaxPageBytes, cancellationToken), property, read);
            if (entries is null && again.Add(page.PathAndQuery))
            {
                seen.Remove(page.PathAndQuery);
                continue;
            }
            isFirst = false;
            yield return entries ?? throw subject.Violation($"The registry's {Noun} can't be read.");
            page = NextLink.Find(response, page, subject);
        }
    }

    /// <summary>Reads an entry that is a name.</summary>
    public static string Text(JsonElement entry) => entry.GetString() ?? throw new FormatException("an entry is null");

    private RequestSubject OfNext => subject with { What = $"the next page of {subject.What}" };

    private string Noun => subject.What.StartsWith("the ", StringComparison.Ordinal) ? subject.What[4..] : subject.What;

    /// <summary>Null if that is no such list.</summary>
    private List<T>? Entries<T>(byte[] body, string? property, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return FindList(json.RootElement, property) is { } list ? [.. list.EnumerateArray().Select(read)] : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentNullException)
        {
            return null;
        }
    }

    // Registries write null where there is none, as where a repository has lost its last tag.
    private JsonElement? FindList(JsonElement page, string? property)
    {
        if (IsNoneWhenBare && page.ValueKind == JsonValueKind.Object && page.GetPropertyCount() == 0)
            return null;
        var list = property is null ? page : page.GetProperty(property);
        return list.ValueKind == JsonValueKind.Null ? null : list;
    }
}
