using System.Buffers.Text;
using System.Text.Json;

namespace TransferEngine.Registry;

/// <summary>
/// What a token of Harbor's tells whoever it was given to: it is a JWT (distribution's <c>docs/spec/auth/jwt.md</c>) that names its user, if Harbor
/// took the password, and what was granted. Nobody but Harbor need believe it, so its signature is not looked at.
/// </summary>
internal static class HarborToken
{
    /// <summary>
    /// Whether it was made out for nobody, and so grants less than was asked for. To wrong credentials, and to right ones while their
    /// user is locked, Harbor says nothing but that.
    /// </summary>
    /// <param name="token">The token.</param>
    /// <param name="scope">What was asked for, such as <c>repository:p/a:pull,push</c>; several are separated by spaces.</param>
    public static bool IsForNobody(string token, string scope)
    {
        try
        {
            if (token.Split('.') is not [_, var payload, _])
                return false;
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(payload));
            return string.IsNullOrEmpty(UserOf(claims.RootElement)) && !Grants(claims.RootElement, scope);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return false;
        }
    }

    private static string? UserOf(JsonElement claims) => claims.TryGetProperty("sub", out var user) ? user.GetString() : null;

    private static bool Grants(JsonElement claims, string scope)
    {
        var granted = claims.GetProperty("access").EnumerateArray()
            .ToLookup(entry => $"{entry.GetProperty("type").GetString()}:{entry.GetProperty("name").GetString()}", entry => entry.GetProperty("actions"));
        return scope.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(one =>
        {
            var end = one.LastIndexOf(':');
            var actions = granted[one[..Math.Max(end, 0)]].SelectMany(list => list.EnumerateArray()).Select(action => action.GetString()).ToHashSet();
            return one[(end + 1)..].Split(',').All(actions.Contains);
        });
    }
}
