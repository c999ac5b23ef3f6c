namespace TransferEngine.Running;

/// <summary>
/// The newest answers that an actor gave, by who asked and the number of the request: what is asked twice is done once, and an answer that got
/// lost is given again. Bounded: a request whose answer was forgotten is done anew, which costs work and breaks nothing.
/// </summary>
/// <param name="isThere">Whether an answer is there already, and may be forgotten. What is under way is kept in any case.</param>
/// <param name="kept">How many. Whoever asks again does so within seconds: as many answers as a node gives meanwhile, or nearly so.</param>
internal sealed class RecentAnswers<TAnswer>(Func<TAnswer, bool> isThere, int kept = 1024)
    where TAnswer : class
{
    private readonly Dictionary<(IActorRef Asker, long Number), TAnswer> _answers = [];
    private readonly Queue<(IActorRef Asker, long Number)> _order = new();

    /// <summary>Those that are kept, and those under way.</summary>
    public int Count => _answers.Count;

    public TAnswer? Find(IActorRef asker, long number) => _answers.GetValueOrDefault((asker, number));

    public void Add(IActorRef asker, long number, TAnswer answer)
    {
        if (!_answers.TryAdd((asker, number), answer))
            return;
        _order.Enqueue((asker, number));
        // Two looks for each that comes: enough to keep below twice of what is under way, and to get back to the number after that.
        for (var looks = 0; looks < 2 && _order.Count > kept; looks++)
            Look(_order.Dequeue());
    }

    private void Look((IActorRef Asker, long Number) oldest)
    {
        if (isThere(_answers[oldest]))
            _answers.Remove(oldest);
        else
            _order.Enqueue(oldest);
    }
}
