namespace TransferEngine.Running;

/// <summary>
/// Time to ask again for all that there is no answer to: what was asked or answered may have got lost between two nodes. By timer, one for all
/// that an actor waits for. Who is asked again asks those on whom the answer depends again, so that few actors need a timer: a repository for its
/// images and blobs, and so for directory, crew and pushers; the supervisor for the end of a run.
/// </summary>
internal sealed record AskAgain
{
    /// <summary>How long nobody worries, where nothing else is said.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static AskAgain Instance { get; } = new();

    /// <summary>Starts the actor's timer, which ends with the actor.</summary>
    public static void Start(ITimerScheduler timers, TimeSpan patience) => timers.StartPeriodicTimer(Instance, Instance, patience);
}
