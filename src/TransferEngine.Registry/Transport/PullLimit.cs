using System.Globalization;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// How many pulls a registry still allows, as Docker Hub says in <c>ratelimit-limit</c> and <c>ratelimit-remaining</c>:
/// <c>100;w=21600</c> is 100 in 6 hours. Hub counts a GET of a manifest as a pull; a HEAD it counts not.
/// </summary>
internal sealed class PullLimit(TimeProvider time)
{
    private sealed record Allowance(long Remaining, TimeSpan Window);

    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(30);

    private volatile Allowance? _last;
    private volatile Allowance? _limit;

    /// <summary>True if by the registry's last word no pull is left.</summary>
    public bool IsSpent => _last is { Remaining: <= 0 };

    public void Note(HttpResponseMessage response)
    {
        if (Parse(response, "ratelimit-remaining") is { } remaining)
            (_last, _limit) = (remaining, Parse(response, "ratelimit-limit"));
    }

    /// <summary>Trying again does not help before the window has moved on, so that the run had better stop and be taken up then.</summary>
    public TransferException Spent(string host)
    {
        var window = _last?.Window ?? TimeSpan.Zero;
        var until = (time.GetUtcNow() + window).UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var allowed = _limit is { } limit ? string.Create(CultureInfo.InvariantCulture, $"{limit.Remaining} pulls in {limit.Window.TotalHours:0.#} hours") : "the pulls that it allows";
        return new TransferException(new TransferError(ErrorCode.TooManyRequests, $"{host} has given {allowed}, and none is left.")
        {
            Host = host,
            Scope = ErrorScope.Endpoint,
            IsTransient = true,
            Hint = $"Pulls come back little by little, all of them by {until} UTC: run the same command again then, or log in for more.",
        });
    }

    private static Allowance? Parse(HttpResponseMessage response, string header)
    {
        if (!response.Headers.TryGetValues(header, out var values) || values.FirstOrDefault() is not { } value)
            return null;
        var parts = value.Split(';', StringSplitOptions.TrimEntries);
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return null;
        var stated = parts.Skip(1).FirstOrDefault(part => part.StartsWith("w=", StringComparison.Ordinal));
        var seconds = int.TryParse(stated?[2..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var window = TimeSpan.FromSeconds(seconds);
        return new Allowance(count, window < LongestWindow ? window : LongestWindow);
    }
}
