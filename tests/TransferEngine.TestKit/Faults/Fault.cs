using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace TransferEngine.TestKit.Faults;

/// <summary>Something that goes wrong with one request. It may pass the request on by the delegate, or answer by itself.</summary>
public delegate Task Fault(HttpContext context, RequestDelegate next);

/// <summary>The faults that registries and what stands before them show.</summary>
public static class Faults
{
    /// <summary>Answers without asking the registry.</summary>
    public static Fault Answer(int status, string code = "UNKNOWN", params (string Name, string Value)[] headers) => (context, _) =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            context.Response.Headers.Append(name, value);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsJsonAsync(new { errors = new[] { new { code, message = "as the test wants it" } } });
    };

    /// <summary>429 with the seconds to wait (RFC 9110, 10.2.3).</summary>
    public static Fault TooManyRequests(TimeSpan wait) =>
        Answer(429, "TOOMANYREQUESTS", ("Retry-After", ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture)));

    /// <summary>429 with the date to wait for.</summary>
    public static Fault TooManyRequestsUntil(DateTimeOffset date) =>
        Answer(429, "TOOMANYREQUESTS", ("Retry-After", date.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Closes the connection after so many bytes of the request's body.</summary>
    public static Fault CutRequest(long bytes) => (context, next) =>
    {
        context.Request.Body = new CutStream(context.Request.Body, bytes, context.Abort);
        return next(context);
    };

    /// <summary>Closes the connection after so many bytes of the answer's body.</summary>
    public static Fault CutResponse(long bytes) => (context, next) =>
    {
        context.Response.Body = new CutStream(context.Response.Body, bytes, context.Abort);
        return next(context);
    };

    /// <summary>Answers only when the test says so.</summary>
    public static Fault Stall(Task until) => async (context, next) =>
    {
        await until.WaitAsync(context.RequestAborted);
        await next(context);
    };

    /// <summary>Sends the answer in small pieces with a pause after each.</summary>
    public static Fault AnswerSlowly(int bytes, TimeSpan pause, TimeProvider? time = null) => (context, next) =>
    {
        context.Response.Body = new SlowStream(context.Response.Body, bytes, pause, time ?? TimeProvider.System);
        return next(context);
    };

    /// <summary>Refuses a mount: 202 opens a session instead, as a registry without the blob does; others answer an error.</summary>
    public static Fault RefuseMount(int status) => status != StatusCodes.Status202Accepted
        ? Answer(status, status == 401 ? "UNAUTHORIZED" : "DENIED")
        : (context, next) =>
        {
            context.Request.QueryString = QueryString.Empty;
            return next(context);
        };

    /// <summary>Makes the locations of uploads absolute; the registry's own are relative.</summary>
    public static Fault AbsoluteLocation() => RewriteLocation((context, location) => $"{context.Request.Scheme}://{context.Request.Host}{location}");

    /// <summary>Sends the content of blobs to another host, as registries before an object store do.</summary>
    public static Fault RedirectTo(Uri host) => (context, _) =>
    {
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = new Uri(host, context.Request.Path.Value).ToString();
        return Task.CompletedTask;
    };

    /// <summary>Calls the content by another digest than it has.</summary>
    public static Fault WrongDigestHeader() => (context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["Docker-Content-Digest"] = $"sha256:{new string('0', 64)}";
            return Task.CompletedTask;
        });
        return next(context);
    };

    internal static Fault RewriteLocation(Func<HttpContext, string, string> rewrite) => (context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            if (context.Response.Headers.Location.ToString() is { Length: > 0 } location)
                context.Response.Headers.Location = rewrite(context, location);
            return Task.CompletedTask;
        });
        return next(context);
    };
}
