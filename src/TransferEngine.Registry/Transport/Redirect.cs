using System.Net;

namespace TransferEngine.Registry;

/// <summary>Where an answer sends its reader: registries have object stores. Nothing that carries content is sent elsewhere this way.</summary>
internal static class Redirect
{
    /// <summary>Null if the answer is no redirect, or one that is not followed: out of TLS, or to what is no HTTP.</summary>
    public static Uri? Find(HttpRequestMessage request, HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect or HttpStatusCode.Found or HttpStatusCode.MovedPermanently)
            || (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head) || response.Headers.Location is not { } location)
            return null;
        if (!Uri.TryCreate(request.RequestUri, location, out var target))
            return null;
        return target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && request.RequestUri!.Scheme == Uri.UriSchemeHttp) ? target : null;
    }
}
