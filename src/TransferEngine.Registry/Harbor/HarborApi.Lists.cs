using System.Globalization;
using System.Net;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

internal sealed partial class HarborApi
{
    // The most that it gives at once; more is 422.
    private const int EntriesPerPage = 100;
    private const int MaxReadings = 5;
    private const int MaxUserBytes = 64 * 1024;

    /// <summary>GET of the current user. Robots are 412: Harbor has no user to show.</summary>
    public async Task<HarborUser> FindUserAsync(CancellationToken cancellationToken)
    {
        if (await transport.Authenticator.FindBasicAsync(cancellationToken) is null)
            return HarborUser.Anybody;
        var subject = About("to say who the user is", ErrorScope.Endpoint);
        using var response = await SendAsync(HttpMethod.Get, "/api/v2.0/users/current", null, subject, cancellationToken, MaxUserBytes);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => IsAdministrator(await BoundedBody.ReadAsync(response, MaxUserBytes, cancellationToken), subject)
                ? HarborUser.Administrator : HarborUser.Person,
            HttpStatusCode.PreconditionFailed => HarborUser.Robot,
            HttpStatusCode.Unauthorized => HarborUser.Anybody,
            _ => throw await RegistryErrors.FromAsync(response, subject, cancellationToken),
        };
    }

    /// <summary>GET of the projects that the user sees, by name.</summary>
    public async Task<IReadOnlyList<string>> ListProjectsAsync(CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var subject = About("the list of projects", ErrorScope.Endpoint);
        var status = await ReadListAsync("/api/v2.0/projects?", subject, project => Name(project, names), cancellationToken);
        return status == HttpStatusCode.OK ? [.. names]
            : throw subject.Violation($"Harbor answers with status {(int)status} when it is asked for the list of projects, which anybody may see.");
    }

    /// <summary>GET of a project's repositories, whose names begin with the project's. The status tells whether they are listed to this user.</summary>
    public async Task<(HttpStatusCode Status, IReadOnlyCollection<string> Names)> ListRepositoriesAsync(string project, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var status = await ReadListAsync($"/api/v2.0/projects/{Uri.EscapeDataString(project)}/repositories?",
            About($"the list of repositories of the project '{project}'"), repository => Name(repository, names), cancellationToken);
        return (status, names);
    }

    /// <summary>
    /// A whole list. What is added or deleted while it is read moves entries from one page to another: it is read again until it had
    /// as many entries as Harbor counts, and either the same count on all pages or nothing that was not seen before.
    /// </summary>
    /// <param name="path">The list, with a question mark or ampersand at its end.</param>
    /// <param name="subject">What is listed.</param>
    /// <param name="add">Takes an entry and returns what tells it from the others.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>200; or 401, 403 or 404 where the list is not for this user, or there is none.</returns>
    private async Task<HttpStatusCode> ReadListAsync(string path, RequestSubject subject, Func<JsonElement, string> add, CancellationToken cancellationToken)
    {
        var (status, counts) = (HttpStatusCode.OK, new List<long?>());
        var list = new PagedList(subject, async (page, token) =>
        {
            var response = await SendAsync(HttpMethod.Get, page.PathAndQuery, null, subject, token, PagedList.MaxPageBytes);
            (status, counts) = (response.StatusCode, [.. counts, CountOf(response)]);
            return response;
        })
        { IsNone = IsNotForUser };
        var first = new Uri(transport.Base, $"{path}page=1&page_size={EntriesPerPage}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var reading = 0; reading < MaxReadings; reading++)
        {
            counts = [];
            var (before, read) = (seen.Count, new HashSet<string>(StringComparer.Ordinal));
            await foreach (var page in list.ReadAsync(first, null, add, cancellationToken))
            {
                if (page is null)
                    return status;
                read.UnionWith(page);
            }
            seen.UnionWith(read);
            var isCounted = counts[^1] is { } count ? read.Count >= count : read.Count % EntriesPerPage != 0 || read.Count == 0;
            if (isCounted && (counts.Distinct().Count() == 1 || seen.Count == before))
                return HttpStatusCode.OK;
        }
        throw subject.Violation($"Harbor counts other entries in {subject.What} than it gives, or they change all the time.");
    }

    // A proxy's page of the same status is not Harbor's word.
    private static bool IsNotForUser(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound && !Proof.IsWebPage(response);

    private static bool IsAdministrator(byte[] user, RequestSubject subject)
    {
        try
        {
            using var json = JsonDocument.Parse(user);
            return json.RootElement.TryGetProperty("sysadmin_flag", out var flag) && flag.ValueKind == JsonValueKind.True;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw subject.Violation("What Harbor says of the user can't be read.");
        }
    }

    private static string Name(JsonElement entry, SortedSet<string> names)
    {
        if (entry.GetProperty("name").GetString() is not { Length: > 0 } name)
            throw new FormatException("an entry has no name");
        names.Add(name);
        return name;
    }

    private static long? CountOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Total-Count", out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
}
