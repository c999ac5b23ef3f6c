using System.Collections.Concurrent;

namespace TransferEngine.Tests.Interception;

/// <summary>
/// Loses, doubles, keeps back and reorders whatever the actors of a job tell each other, by chance that a seed begins. What is kept back
/// arrives with a later message, long after it was sent perhaps, or never.
/// </summary>
internal sealed class LossyPost(int seed) : IPost
{
    /// <summary>Who told whom what, and how often it was lost, doubled or late.</summary>
    public ConcurrentDictionary<string, int> Disturbed { get; } = new();

    public Func<Envelope, IReadOnlyList<Envelope>> LineTo(IActorRef actor)
    {
        // Text has another hash in each process.
        var line = new Line(new Random(actor.Path.ToStringWithoutAddress().Aggregate(seed, (hash, c) => unchecked((hash * 31) + c))));
        return envelope =>
        {
            if (!EngineActors.IsBetween(actor, envelope))
                return [envelope];
            var (arriving, isDisturbed) = line.Send(envelope);
            if (isDisturbed)
                Disturbed.AddOrUpdate($"{EngineActors.KindOf(envelope.Sender)} > {EngineActors.KindOf(actor)}", 1, (_, count) => count + 1);
            return arriving;
        };
    }

    private sealed class Line(Random random)
    {
        private readonly List<Envelope> _kept = [];

        public (IReadOnlyList<Envelope> Arriving, bool IsDisturbed) Send(Envelope envelope)
        {
            lock (_kept)
            {
                var arriving = new List<Envelope>();
                var fate = random.Next(100);
                for (var i = _kept.Count - 1; i >= 0; i--)
                {
                    if (random.Next(3) > 0)
                        continue;
                    arriving.Add(_kept[i]);
                    _kept.RemoveAt(i);
                }
                if (fate is >= 12 and < 24 or >= 36)
                    arriving.Insert(random.Next(arriving.Count + 1), envelope);
                if (fate is >= 12 and < 18)
                    arriving.Insert(random.Next(arriving.Count + 1), envelope);
                if (fate is >= 18 and < 36)
                    _kept.Add(envelope);
                return (arriving, fate < 36);
            }
        }
    }
}
