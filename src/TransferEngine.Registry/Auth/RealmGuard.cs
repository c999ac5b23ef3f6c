using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Whether a registry's word for where its token server is may be followed (distribution's <c>docs/spec/auth/token.md</c>,
/// <c>realm</c>): like a redirect, never out of TLS. Credentials go to the registry's own host, over TLS to one of the same domain, or to one that the user
/// has named. Without credentials there is nothing to be lost: any server may be asked.
/// </summary>
internal sealed class RealmGuard(RegistryEndpoint endpoint, IReadOnlyList<string> trusted, RegistryRole role)
{
    // Below these a country's domains are given out, as in co.uk: there the third label is the first that belongs to somebody.
    private static readonly HashSet<string> SecondLevels =
        new(["ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"], StringComparer.Ordinal);

    // A domain of its own for tokens, as its maker documents.
    private static readonly (string Registry, string Realm) RedHat = ("registry.redhat.io", "sso.redhat.com");

    /// <exception cref="TransferException">The realm is none, or credentials must not go there.</exception>
    public Uri Check(string? realm, bool isTls, bool hasCredentials)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0
            || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && !isTls)))
            throw Failed(ErrorCode.ProtocolViolation,
                $"The registry names '{Printable.Of(UserInfo.Hide(realm ?? ""))}' as its token server, which is no URL fit for credentials.", "Ask who runs the registry.");
        if (!hasCredentials || IsTrusted(uri))
            return uri;
        var flag = role == RegistryRole.Source ? "--src-trusted-realm" : "--dest-trusted-realm";
        throw Failed(ErrorCode.CredentialsUnusable,
            $"The registry names {Printable.Of(uri.Authority)} as its token server, to which its credentials are not sent: it is another's host.",
            $"If it is the registry's own, say so: {flag} {Printable.Of(uri.IdnHost)}, or trusted-realms in the configuration.");
    }

    private bool IsTrusted(Uri realm)
    {
        var registry = new Uri("http://" + endpoint.ApiHost);
        if (realm.IdnHost.Equals(registry.IdnHost, StringComparison.OrdinalIgnoreCase) || (realm.IsLoopback && registry.IsLoopback))
            return true;
        if (trusted.Contains(realm.IdnHost, StringComparer.OrdinalIgnoreCase) || trusted.Contains(realm.Authority, StringComparer.OrdinalIgnoreCase))
            return true;
        return realm.Scheme == Uri.UriSchemeHttps
            && ((registry.IdnHost, realm.IdnHost) == RedHat || (DomainOf(registry.IdnHost) is { } own && own == DomainOf(realm.IdnHost)));
    }

    /// <summary>What looks like the part of a name that belongs to one owner; null for addresses and names of this network.</summary>
    private static string? DomainOf(string host)
    {
        var labels = host.ToLowerInvariant().TrimEnd('.').Split('.');
        if (labels.Length < 2 || IPAddress.TryParse(host, out _))
            return null;
        var count = labels[^1].Length == 2 && SecondLevels.Contains(labels[^2]) ? 3 : 2;
        return string.Join('.', labels.TakeLast(count));
    }

    private TransferException Failed(string code, string message, string hint) =>
        new(new TransferError(code, message) { Host = endpoint.Host, Scope = ErrorScope.Endpoint, Hint = hint });
}
