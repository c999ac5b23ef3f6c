namespace TransferEngine.Actors;

internal sealed partial class ActorCell
{
    private sealed class ChildEntry(LocalActorRef actor)
    {
        public LocalActorRef Actor { get; } = actor;

        public RestartStatistics Restarts { get; } = new();
    }

    // Guarded by itself: the guardian's children are started from any thread.
    private Dictionary<string, ChildEntry>? _children;
    private long _nextName;
    private SupervisorStrategy? _strategy;

    private bool HasChildren => _children is { Count: > 0 };

    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (name is not null && !ActorPath.IsValidPathElement(name))
            throw new InvalidActorNameException($"'{name}' can't be an actor's name.");
        var child = Reserve(props, name);
        child.TellSystem(new Create());
        return child;
    }

    public void Stop(IActorRef child)
    {
        if (child is InternalActorRef stopping)
            stopping.TellSystem(new Terminate());
    }

    public IActorRef Child(string name)
    {
        lock (_self)
            return _children is not null && _children.TryGetValue(name, out var entry) ? entry.Actor : ActorRefs.Nobody;
    }

    public IEnumerable<IActorRef> GetChildren()
    {
        lock (_self)
            return _children is null ? [] : [.. _children.Values.Select(entry => entry.Actor)];
    }

    // The name is taken until the child is gone for good, not just asked to stop.
    private LocalActorRef Reserve(Props props, string? name)
    {
        lock (_self)
        {
            if (_phase is Phase.Terminating or Phase.Terminated)
                throw new InvalidOperationException("An actor that is stopping can't have new children.");
            _children ??= [];
            name ??= "$" + _nextName++;
            if (_children.ContainsKey(name))
                throw new InvalidActorNameException($"The name '{name}' is not unique: [{_self.Path}] has a child of that name.");
            var child = new LocalActorRef(_self.Path.Child(name, System.NextUid()), reference => new ActorCell(System, reference, props, _self));
            _ = child.Cell;
            _children.Add(name, new ChildEntry(child));
            return child;
        }
    }

    private void StopChildren()
    {
        foreach (var child in GetChildren())
            Stop(child);
    }

    private ChildEntry? EntryOf(IActorRef child)
    {
        lock (_self)
            return _children is not null && _children.TryGetValue(child.Path.Name, out var entry) && entry.Actor.Equals(child) ? entry : null;
    }

    private bool RemoveChild(IActorRef child)
    {
        lock (_self)
            return EntryOf(child) is not null && _children!.Remove(child.Path.Name);
    }

    private void AfterChildIsGone()
    {
        if (HasChildren)
            return;
        if (_phase == Phase.Restarting)
            FinishRestart();
        else if (_phase == Phase.Terminating)
            FinishTerminate();
    }

    private void OnChildFailed(ChildFailed failed)
    {
        if (EntryOf(failed.Child) is not { } entry)
            return;
        // A failure of an instance that was replaced meanwhile says nothing about the one that is there now.
        if (failed.Incarnation != failed.Child.Cell.Incarnation)
            return;
        Sender = failed.Child;
        _strategy ??= _actor?.MakeStrategy() ?? SupervisorStrategy.StoppingStrategy;
        switch (_strategy.Decide(failed.Cause, entry.Restarts, System.Time))
        {
            case Directive.Restart:
                failed.Child.TellSystem(new Restart(failed.Cause));
                break;
            case Directive.Escalate:
                Fail(failed.Cause);
                break;
            default:
                failed.Child.TellSystem(new Terminate());
                break;
        }
    }
}
