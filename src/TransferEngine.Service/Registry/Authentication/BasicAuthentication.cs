using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace TransferEngine.Service.Registry;

/// <summary>
/// HTTP Basic authentication (RFC 7617) in front of everything. Bcrypt is slow on purpose: who was accepted before is let in without it,
/// by a keyed hash, and nobody's checks hold up a request of somebody else.
/// </summary>
/// <param name="users">Who is let in.</param>
/// <param name="time">For what is remembered only for a while.</param>
/// <param name="threads">How many passwords are checked at the same time; by default on half the processors.</param>
internal sealed class BasicAuthentication(Htpasswd users, TimeProvider time, int? threads = null) : IDisposable
{
    // More than any client has connections; what waits costs no more than a connection does.
    private const int LongestLine = 64;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ProvenCredentials _proven = new(time);
    private readonly GuessLimit _guesses = new(time);
    private readonly FairQueue<IPAddress> _checks = new(threads ?? Math.Max(1, Environment.ProcessorCount / 2), LongestLine);

    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        Verdict verdict;
        try
        {
            verdict = BasicCredentials.TryRead(context.Request.Headers.Authorization, out var credentials)
                ? await JudgeAsync(NetworkOf(context.Connection.RemoteIpAddress), credentials, context.RequestAborted).ConfigureAwait(false)
                : Verdict.Wrong;
        }
        catch (OperationCanceledException)
        {
            // The client is gone, or the server is about to be.
            context.Abort();
            return;
        }
        await (verdict.IsAccepted ? next(context) : RefuseAsync(context, verdict.Wait)).ConfigureAwait(false);
    }

    public void Dispose() => _checks.Dispose();

    private ValueTask<Verdict> JudgeAsync(IPAddress network, BasicCredentials credentials, CancellationToken cancellationToken)
    {
        var proof = Hash($"{credentials.User}:{credentials.Password}");
        if (_proven.Contains(proof))
            return ValueTask.FromResult(Verdict.Right);
        var guesser = Hash($"{network} {credentials.User}");
        if (_guesses.FindWait(guesser) is { } wait)
            return ValueTask.FromResult(Verdict.Later(wait));
        return _checks.TryRun(network, () => Check(proof, guesser, credentials), cancellationToken) is { } check
            ? new ValueTask<Verdict>(check)
            : ValueTask.FromResult(Verdict.Later(TimeSpan.FromSeconds(1)));
    }

    private Verdict Check(string proof, string guesser, BasicCredentials credentials)
    {
        // What was found out while this one waited.
        if (_proven.Contains(proof))
            return Verdict.Right;
        if (_guesses.FindWait(guesser) is { } wait)
            return Verdict.Later(wait);
        if (!users.Accepts(credentials.User, credentials.Password))
        {
            _guesses.CountWrong(guesser);
            return Verdict.Wrong;
        }
        _guesses.Forgive(guesser);
        _proven.Add(proof);
        return Verdict.Right;
    }

    private static Task RefuseAsync(HttpContext context, TimeSpan? wait)
    {
        if (wait is { } left)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(left.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return new RegistryError(StatusCodes.Status429TooManyRequests, "TOOMANYREQUESTS", "Too many passwords were tried. Wait before the next.").ExecuteAsync(context);
        }
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"registry\", charset=\"UTF-8\"";
        return new RegistryError(StatusCodes.Status401Unauthorized, "UNAUTHORIZED", "A user name and password are needed.").ExecuteAsync(context);
    }

    // No password is kept, and no name of any length.
    private string Hash(string text) => Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));

    /// <summary>Where a request comes from. Of IPv6 the network: each who has one has 2^64 addresses.</summary>
    private static IPAddress NetworkOf(IPAddress? address)
    {
        if (address is null or { AddressFamily: AddressFamily.InterNetwork })
            return address ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private readonly record struct Verdict(bool IsAccepted, TimeSpan? Wait)
    {
        public static Verdict Right => new(true, null);

        public static Verdict Wrong => new(false, null);

        public static Verdict Later(TimeSpan wait) => new(false, wait);
    }
}
