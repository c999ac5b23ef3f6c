using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text;

namespace TransferEngine.Service.Registry;

/// <summary>Name and password of an <c>Authorization</c> header (RFC 7617).</summary>
internal sealed record BasicCredentials(string User, string Password)
{
    public static bool TryRead(string? header, [NotNullWhen(true)] out BasicCredentials? credentials)
    {
        credentials = null;
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !value.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) || value.Parameter is null)
            return false;
        var bytes = new byte[value.Parameter.Length];
        if (!Convert.TryFromBase64String(value.Parameter, bytes, out var count))
            return false;
        var text = Encoding.UTF8.GetString(bytes, 0, count);
        // Control characters are forbidden there, and a hash that was made for C stops at the first zero.
        if (text.Any(char.IsControl) || text.Split(':', 2) is not [var user, var password])
            return false;
        credentials = new BasicCredentials(user, password);
        return true;
    }
}
