namespace TransferEngine.Tests.Interception;

/// <summary>Ends the first actor of a kind, right behind its n-th message or before the first: whatever it waits for then, it never hears.</summary>
internal sealed class KillingPost(string kind, int messages, object ending) : IPost
{
    private int _lines;
    private int _killed;

    public bool HasKilled => Volatile.Read(ref _killed) > 0;

    public Func<Envelope, IReadOnlyList<Envelope>> LineTo(IActorRef actor)
    {
        if (EngineActors.KindOf(actor) != kind || Interlocked.Increment(ref _lines) > 1)
            return envelope => [envelope];
        var seen = 0;
        return envelope =>
        {
            var number = Interlocked.Increment(ref seen);
            if (messages == 0 ? number > 1 : number != messages)
                return [envelope];
            Volatile.Write(ref _killed, 1);
            var end = new Envelope(ending, ActorRefs.NoSender);
            return messages == 0 ? [end, envelope] : [envelope, end];
        };
    }
}
