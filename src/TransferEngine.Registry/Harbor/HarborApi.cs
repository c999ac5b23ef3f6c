using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// The part of Harbor's own API (<c>/api/v2.0</c>) that a source and a target need. Requests carry user name and password: where those are
/// wrong Harbor answers some of them as it does to anybody. So what is not refused to anybody counts only beside what is.
/// </summary>
internal sealed partial class HarborApi(RegistryTransport transport, string host, TimeProvider time)
{
    // Once it was in vain to wait, it is so for the run: as with a password that is good for pulls and pushes alone.
    private volatile bool _isRefused;

    /// <summary>HEAD of a project: told to every user, also about projects that he can't see.</summary>
    public async Task<bool> HasProjectAsync(string project, CancellationToken cancellationToken)
    {
        var subject = About($"to say whether there is a project '{project}'");
        using var response = await SendAsync(HttpMethod.Head, $"/api/v2.0/projects?project_name={Uri.EscapeDataString(project)}", null, subject, cancellationToken);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => true,
            HttpStatusCode.NotFound when !Proof.IsWebPage(response) => false,
            // Somebody who may not ask can still have been given the right to push, or to look.
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => true,
            _ => throw await RegistryErrors.FromAsync(response, subject, cancellationToken),
        };
    }

    /// <summary>POST of a project. That it is there already, perhaps unseen, is as good.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ProjectNotCreated"/>, of <see cref="ErrorScope.Repository"/>.</exception>
    public async Task CreateProjectAsync(string project, HarborOptions options, CancellationToken cancellationToken)
    {
        var subject = About($"to create the project '{project}'");
        var body = new JsonObject
        {
            ["project_name"] = project,
            ["metadata"] = new JsonObject { ["public"] = options.Visibility == HarborVisibility.Public ? "true" : "false" },
        };
        if (options.StorageLimit != 0)
            body["storage_limit"] = options.StorageLimit;
        using var response = await SendAsync(HttpMethod.Post, "/api/v2.0/projects", body.ToJsonString(), subject, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict)
            return;
        var refusal = await RegistryErrors.FromAsync(response, subject, cancellationToken);
        throw refusal.IsTransient || refusal.Error.Scope == ErrorScope.Endpoint ? refusal : new TransferException(refusal.Error with
        {
            Code = ErrorCode.ProjectNotCreated,
            Scope = ErrorScope.Repository,
            Hint = (int)response.StatusCode is 400 or 422
                ? "Harbor takes no such name for a project: give the target a project, as in harbor://host/project."
                : "Have an administrator create it, or use an account that may: a system robot or an administrator.",
        });
    }

    private RequestSubject About(string what, ErrorScope scope = ErrorScope.Repository) => new(what, host) { Role = transport.Role, Scope = scope };

    // By now the registry has taken the password: where it counts for nothing here, somebody else may have given a wrong one.
    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? json, RequestSubject subject, CancellationToken cancellationToken, int take = 0)
    {
        var authorization = await transport.Authenticator.FindBasicAsync(cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            var response = await transport.SendAsync(() => Request(method, path, json, authorization), "", subject, cancellationToken, take);
            if (response.StatusCode != HttpStatusCode.Unauthorized || authorization is null || _isRefused)
                return response;
            if (attempt == HarborLock.Waits)
            {
                _isRefused = true;
                return response;
            }
            response.Dispose();
            await HarborLock.WaitAsync(time, cancellationToken);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? json, AuthenticationHeaderValue? authorization)
    {
        var request = new HttpRequestMessage(method, new Uri(transport.Base, path));
        request.Headers.Authorization = authorization;
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return request;
    }
}
