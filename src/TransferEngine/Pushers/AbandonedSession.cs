using TransferEngine.Images;
using TransferEngine.Migrations;

namespace TransferEngine.Pushers;

/// <summary>Takes an upload session away that will not be finished, so that the registry does not keep it until it expires.</summary>
internal static class AbandonedSession
{
    // A courtesy, not worth keeping a stopping run.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public static async Task<bool> CancelAsync(JobRuntime runtime, UploadSession session)
    {
        using var limit = new CancellationTokenSource(Limit, runtime.Time);
        await runtime.Target.CancelUploadAsync(session, limit.Token);
        return true;
    }
}
