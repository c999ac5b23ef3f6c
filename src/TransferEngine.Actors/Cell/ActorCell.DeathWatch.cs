namespace TransferEngine.Actors;

internal sealed partial class ActorCell
{
    /// <summary>The place of a notice in the mailbox: behind earlier mail, and void once the subject is unwatched.</summary>
    private sealed record DeathLetter(IActorRef Subject, object Notice) : IDeadLetterSuppression;

    private Dictionary<IActorRef, object?>? _watching;
    private HashSet<InternalActorRef>? _watchers;
    private HashSet<DeathLetter>? _letters;

    IActorRef ICanWatch.Watch(IActorRef subject) => WatchWith(subject, null);

    IActorRef ICanWatch.WatchWith(IActorRef subject, object message) => WatchWith(subject, message);

    public IActorRef Unwatch(IActorRef subject)
    {
        if (subject is not InternalActorRef watchee)
            return subject;
        if (_watching?.Remove(subject) == true)
            watchee.TellSystem(new Unwatch(_self));
        _letters?.RemoveWhere(letter => letter.Subject.Equals(subject));
        return subject;
    }

    private IActorRef WatchWith(IActorRef subject, object? message)
    {
        if (subject is not InternalActorRef watchee || subject.Equals(_self))
            return subject;
        _watching ??= [];
        if (_watching.TryAdd(subject, message))
            watchee.TellSystem(new Watch(subject, _self));
        return subject;
    }

    private void AddWatcher(Watch watch)
    {
        if (_phase == Phase.Terminated)
            watch.Watcher.TellSystem(new DeathNotice(_self, ExistenceConfirmed: false));
        else
            (_watchers ??= []).Add(watch.Watcher);
    }

    private void OnDeathNotice(DeathNotice notice)
    {
        var isChild = RemoveChild(notice.Actor);
        if (_watching is not null && _watching.Remove(notice.Actor, out var message) && _phase is not (Phase.Terminating or Phase.Terminated))
        {
            var letter = new DeathLetter(notice.Actor, message ?? new Terminated(notice.Actor, notice.ExistenceConfirmed));
            (_letters ??= new HashSet<DeathLetter>(ReferenceEqualityComparer.Instance)).Add(letter);
            _mailbox.Enqueue(new Envelope(letter, notice.Actor));
        }
        if (isChild)
            AfterChildIsGone();
    }

    private object? TakeDeathLetter(DeathLetter letter) => _letters?.Remove(letter) == true ? letter.Notice : null;

    private void UnwatchAll()
    {
        _letters = null;
        if (_watching is null)
            return;
        foreach (var subject in _watching.Keys)
            ((InternalActorRef)subject).TellSystem(new Unwatch(_self));
        _watching = null;
    }

    private void NotifyWatchers()
    {
        if (_watchers is null)
            return;
        foreach (var watcher in _watchers.Where(watcher => !ReferenceEquals(watcher, ParentRef)))
            watcher.TellSystem(new DeathNotice(_self, ExistenceConfirmed: true));
        _watchers = null;
    }
}
