using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry;

internal sealed partial class HarborApi
{
    // The most that it gives at once; more is 422.
    private const int EntriesPerPage = 100;
    private const int MaxPages = 10_000;
    private const int MaxReadings = 5;

    // An artifact is listed with its config and annotations.
    private const int MaxPageBytes = 32 * 1024 * 1024;

    /// <summary>GET of the current user. Robots are 412: Harbor has no user to show.</summary>
    public async Task<HarborUser> FindUserAsync(CancellationToken cancellationToken)
    {
        if (await transport.Authenticator.FindBasicAsync(cancellationToken) is null)
            return HarborUser.Anybody;
        var subject = new RequestSubject("to say who the user is", host);
        using var response = await SendAsync(HttpMethod.Get, "/api/v2.0/users/current", null, subject, cancellationToken, MaxPageBytes);
        return response.StatusCode switch
        {
            HttpStatusCode.OK when IsAdministrator(await ReadAsync(response, cancellationToken)) => HarborUser.Administrator,
            HttpStatusCode.OK => HarborUser.Person,
            HttpStatusCode.PreconditionFailed => HarborUser.Robot,
            HttpStatusCode.Unauthorized => HarborUser.Anybody,
            _ => throw await FailedAsync(response, subject, ErrorScope.Endpoint, cancellationToken),
        };
    }

    /// <summary>GET of the projects that the user sees, by name.</summary>
    public async Task<IReadOnlyList<string>> ListProjectsAsync(CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var subject = new RequestSubject("to list its projects", host);
        await ReadListAsync("/api/v2.0/projects?", subject, ErrorScope.Endpoint, project => Name(project, names), cancellationToken);
        return [.. names];
    }

    /// <summary>GET of a project's repositories, whose names begin with the project's. The status tells whether they are listed to this user.</summary>
    public async Task<(HttpStatusCode Status, IReadOnlyCollection<string> Names)> ListRepositoriesAsync(string project, CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var subject = new RequestSubject($"to list the repositories of the project '{project}'", host);
        var status = await ReadListAsync($"/api/v2.0/projects/{Uri.EscapeDataString(project)}/repositories?", subject, ErrorScope.Repository,
            repository => Name(repository, names), cancellationToken);
        return (status, names);
    }

    /// <summary>
    /// A whole list. What is added or deleted while it is read moves entries from one page to another: it is read again until it had
    /// as many entries as Harbor counts, and either the same count on all pages or nothing that was not seen before.
    /// </summary>
    /// <param name="path">The list, with a question mark or ampersand at its end.</param>
    /// <param name="subject">For errors.</param>
    /// <param name="scope">How far an error reaches.</param>
    /// <param name="add">Takes an entry and returns what tells it from the others.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>200; or 401, 403 or 404 where the list is not for this user, or there is none.</returns>
    private async Task<HttpStatusCode> ReadListAsync(
        string path, RequestSubject subject, ErrorScope scope, Func<JsonElement, string> add, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var reading = 0; reading < MaxReadings; reading++)
        {
            var (before, isSteady, total) = (seen.Count, true, (long?)null);
            var read = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var page in ReadPagesAsync(path, subject, scope, add, cancellationToken))
            {
                if (page.Status != HttpStatusCode.OK)
                    return page.Status;
                isSteady &= total is null || page.Total == total;
                total = page.Total;
                read.UnionWith(page.Keys);
            }
            seen.UnionWith(read);
            if (total is null || (read.Count >= total && (isSteady || seen.Count == before)))
                return HttpStatusCode.OK;
        }
        throw Failed("Its pages do not make up what it counts, or it changes all the time.", subject, scope);
    }

    // Pages have numbers, so that no link need be followed, which a proxy may have changed.
    private async IAsyncEnumerable<ListPage> ReadPagesAsync(
        string path, RequestSubject subject, ErrorScope scope, Func<JsonElement, string> add, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var read = 0L;
        for (var number = 1; number <= MaxPages; number++)
        {
            var address = $"{path}page={number}&page_size={EntriesPerPage}";
            using var response = await SendAsync(HttpMethod.Get, address, null, subject, cancellationToken, MaxPageBytes);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound))
                throw await FailedAsync(response, subject, scope, cancellationToken);
            var keys = response.StatusCode == HttpStatusCode.OK ? ReadPage(await ReadAsync(response, cancellationToken), subject, scope, add) : [];
            var page = new ListPage(response.StatusCode, keys, CountOf(response));
            yield return page;
            read += keys.Count;
            if (keys.Count == 0 || read >= page.Total)
                yield break;
        }
        throw Failed("The list does not end.", subject, scope);
    }

    private readonly record struct ListPage(HttpStatusCode Status, IReadOnlyList<string> Keys, long? Total);

    private List<string> ReadPage(byte[] body, RequestSubject subject, ErrorScope scope, Func<JsonElement, string> add)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Null ? [] : [.. json.RootElement.EnumerateArray().Select(add)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Failed("The list can't be read.", subject, scope);
        }
    }

    private static bool IsAdministrator(byte[] user)
    {
        try
        {
            using var json = JsonDocument.Parse(user);
            return json.RootElement.TryGetProperty("sysadmin_flag", out var flag) && flag.ValueKind == JsonValueKind.True;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Name(JsonElement entry, SortedSet<string> names)
    {
        if (entry.GetProperty("name").GetString() is not { Length: > 0 } name)
            throw new KeyNotFoundException();
        names.Add(name);
        return name;
    }

    private static Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        BoundedBody.ReadAsync(response, MaxPageBytes, cancellationToken);

    private static long? CountOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Total-Count", out var values)
        && long.TryParse(values.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;

    private TransferException Failed(string why, RequestSubject subject, ErrorScope scope) =>
        new(new TransferError(ErrorCode.ProtocolViolation, $"Harbor was asked {subject.What}. {why}")
        { Host = host, Repository = subject.Repository, Scope = scope });

    private static async Task<TransferException> FailedAsync(
        HttpResponseMessage response, RequestSubject subject, ErrorScope scope, CancellationToken cancellationToken)
    {
        var refused = await RegistryErrors.FromAsync(response, subject, cancellationToken);
        return new TransferException(refused.Error with { Scope = scope }, refused);
    }
}
