using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Registry.Daemon;

/// <summary>
/// The part of the Docker Engine API that moves images: list, save, load. The version is the lower of the daemon's and ours, as the
/// docker client does it. All failures are <see cref="TransferException"/>s of the endpoint; nothing is tried again.
/// </summary>
public sealed class DaemonApi : IDisposable
{
    // The oldest that current daemons speak is 1.24, and no field is used here that came after it.
    private static readonly Version Ours = new(1, 43);

    private const int MaxAnswerBytes = 64 * 1024 * 1024;

    private readonly DaemonEndpoint _endpoint;
    private readonly HttpClient _client;
    private string? _version;

    public DaemonApi(DaemonEndpoint endpoint)
    {
        _endpoint = endpoint;
        // A daemon may take minutes before the first byte of a save.
        _client = new HttpClient(endpoint.CreateHandler()) { BaseAddress = endpoint.Url, Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    /// <summary>Finds out whether a daemon answers, and which version to speak.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.HostUnreachable"/>, <see cref="ErrorCode.Denied"/> or <see cref="ErrorCode.ProtocolViolation"/>.</exception>
    public async Task PingAsync(CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "_ping"), cancellationToken);
        if (!answer.Headers.TryGetValues("Api-Version", out var values) || !Version.TryParse(values.First(), out var theirs))
            throw Failed(ErrorCode.ProtocolViolation, "What answers is no docker daemon: it tells no API version.");
        _version = (theirs < Ours ? theirs : Ours).ToString(2);
    }

    /// <summary>The names of all images that have one, <c>NAME:TAG</c> as docker keeps them.</summary>
    public async Task<IReadOnlyList<string>> ListImagesAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, await PathAsync("images/json", cancellationToken));
        using var answer = await SendAsync(request, cancellationToken);
        using var document = await ReadJsonAsync(answer, cancellationToken);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw Failed(ErrorCode.ProtocolViolation, "The daemon's list of images is no list.");
        var names = new List<string>();
        foreach (var image in document.RootElement.EnumerateArray())
            if (image.ValueKind == JsonValueKind.Object && image.TryGetProperty("RepoTags", out var tags) && tags.ValueKind == JsonValueKind.Array)
                names.AddRange(tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String).Select(tag => tag.GetString()!).Where(tag => tag != "<none>:<none>"));
        return names;
    }

    /// <summary>Writes an archive of the named images, as <c>docker save</c> does, into a stream.</summary>
    /// <exception cref="TransferException">Also <see cref="ErrorCode.SourceNotFound"/>: one of them is not there.</exception>
    public async Task SaveAsync(IEnumerable<string> names, Stream archive, CancellationToken cancellationToken)
    {
        var query = string.Join('&', names.Select(name => "names=" + Uri.EscapeDataString(name)));
        using var request = new HttpRequestMessage(HttpMethod.Get, await PathAsync("images/get?" + query, cancellationToken));
        using var answer = await SendAsync(request, cancellationToken);
        try
        {
            await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
            await content.CopyToAsync(archive, cancellationToken);
        }
        catch (Exception e) when (e is HttpIOException or HttpRequestException)
        {
            throw Failed(ErrorCode.HostUnreachable, "The daemon broke off while it saved the images.", inner: e);
        }
    }

    /// <summary>Hands an archive over, as <c>docker load</c> does, and closes it.</summary>
    /// <exception cref="TransferException">Also <see cref="ErrorCode.TargetRejected"/>: the daemon says why it does not take it.</exception>
    public async Task LoadAsync(Stream archive, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, await PathAsync("images/load?quiet=1", cancellationToken));
        request.Content = new StreamContent(archive);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        using var answer = await SendAsync(request, cancellationToken);
        try
        {
            await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
            using var lines = new StreamReader(content);
            // What goes wrong in the middle is told in the answer's body, after a status of 200.
            while (await lines.ReadLineAsync(cancellationToken) is { } line)
                if (ErrorOf(line) is { } error)
                    throw Failed(ErrorCode.TargetRejected, $"The docker daemon does not take the images: {Printable.Of(error)}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Failed(ErrorCode.HostUnreachable, "The daemon broke off while it loaded the images.", inner: e);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<string> PathAsync(string path, CancellationToken cancellationToken)
    {
        if (_version is null)
            await PingAsync(cancellationToken);
        return $"v{_version}/{path}";
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (answer.IsSuccessStatusCode)
                return answer;
            using (answer)
                throw await RefusedAsync(answer, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? Failed(ErrorCode.Denied, "Speaking to the docker daemon is not permitted.", "Run as a member of the group docker.", e)
                : Failed(ErrorCode.HostUnreachable, $"No docker daemon can be reached: {Printable.Of(e.Message)}", "Start it, or set DOCKER_HOST to where it listens.", e);
        }
    }

    private async Task<TransferException> RefusedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        await using var content = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var count = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        var message = ErrorOf(System.Text.Encoding.UTF8.GetString(buffer, 0, count)) ?? string.Create(CultureInfo.InvariantCulture, $"status {(int)answer.StatusCode}");
        return answer.StatusCode switch
        {
            HttpStatusCode.NotFound => Failed(ErrorCode.SourceNotFound, $"The docker daemon does not have it: {Printable.Of(message)}"),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Failed(ErrorCode.Denied, $"The docker daemon does not permit it: {Printable.Of(message)}"),
            _ => Failed(ErrorCode.ServerError, $"The docker daemon answers with an error: {Printable.Of(message)}"),
        };
    }

    private async Task<JsonDocument> ReadJsonAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            await answer.Content.LoadIntoBufferAsync(MaxAnswerBytes, cancellationToken);
            return JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception e) when (e is JsonException or HttpRequestException)
        {
            throw Failed(ErrorCode.ProtocolViolation, "The docker daemon's answer is not JSON.", inner: e);
        }
    }

    // {"message": …} beside a status, {"error": …} in a stream of progress.
    private static string? ErrorOf(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("error", out var error) || root.TryGetProperty("message", out error)) && error.ValueKind == JsonValueKind.String
                ? error.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private TransferException Failed(string code, string message, string? hint = null, Exception? inner = null) =>
        new(new TransferError(code, message) { Scope = ErrorScope.Endpoint, Host = _endpoint.Text, Hint = hint }, inner);
}
