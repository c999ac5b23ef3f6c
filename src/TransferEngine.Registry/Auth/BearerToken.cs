using System.Net.Http.Headers;

namespace TransferEngine.Registry;

/// <summary>A token as it is sent, and when another one is due.</summary>
internal sealed record BearerToken(AuthenticationHeaderValue Header, DateTimeOffset Issued, DateTimeOffset RenewAt)
{
    /// <summary>Given by the user: there is no other one to be had.</summary>
    public bool IsGiven => RenewAt == DateTimeOffset.MaxValue;
}
