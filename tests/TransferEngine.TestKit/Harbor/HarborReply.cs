using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace TransferEngine.TestKit.Harbor;

/// <summary>Answers as Harbor writes them.</summary>
internal static class HarborReply
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task ErrorAsync(HttpContext http, int status, string code, string message) =>
        JsonAsync(http, status, new { errors = new[] { new { code, message } } });

    /// <summary>Nobody is unauthorized, somebody forbidden.</summary>
    public static Task RefuseAsync(HttpContext http, HarborAccount? account) =>
        account is null ? ErrorAsync(http, 401, "UNAUTHORIZED", "unauthorized") : ErrorAsync(http, 403, "FORBIDDEN", "forbidden");

    public static Task JsonAsync(HttpContext http, int status, object body, string mediaType = "application/json; charset=utf-8")
    {
        http.Response.StatusCode = status;
        if (HttpMethods.IsHead(http.Request.Method))
            return Task.CompletedTask;
        http.Response.ContentType = mediaType;
        return http.Response.WriteAsync(JsonSerializer.Serialize(body, Json), http.RequestAborted);
    }

    public static Task TextAsync(HttpContext http, int status, string text = "")
    {
        http.Response.StatusCode = status;
        return text.Length == 0 || HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.WriteAsync(text, http.RequestAborted);
    }

    /// <summary>
    /// Refuses a request whose body has not been read: the answer goes out, the connection is left open for a moment so that it can
    /// be read, and then closed with the rest of the body unread.
    /// </summary>
    public static async Task RefuseUnreadAsync(HttpContext http, int status, string code, string message)
    {
        const int readAnyway = 256 * 1024;
        var isLong = http.Request.ContentLength > readAnyway;
        if (isLong)
            http.Response.Headers.Connection = "close";
        await ErrorAsync(http, status, code, message);
        if (!isLong)
            return;
        await http.Response.CompleteAsync();
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, gone.Token);
        }
        catch (OperationCanceledException)
        {
            // The client has closed first.
        }
        http.Abort();
    }
}
