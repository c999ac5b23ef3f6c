using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Whoever gives a wrong password for a user keeps him out of Harbor for 1.5 seconds (<c>core/auth/authenticator.go</c>, seen with 2.9): the right
/// one counts for nothing meanwhile. Robots are never kept out.
/// </summary>
internal static class HarborLock
{
    /// <summary>How often it is waited for the end of it.</summary>
    public const int Waits = 3;

    /// <summary>How long it lasts.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public static TransferException DoesNotEnd(string host) => new(new TransferError(ErrorCode.Unauthorized,
        $"{host} lets nobody in by this user's name for now, though it took the password before: as Harbor does while somebody gives a wrong password for it.")
    {
        Host = host,
        Scope = ErrorScope.Repository,
        IsTransient = true,
        Hint = "Find out who does, and run the same command again; or use a robot account, which nobody can lock.",
    });

    public static Task WaitAsync(TimeProvider time, CancellationToken cancellationToken) => Task.Delay(Pause, time, cancellationToken);
}
