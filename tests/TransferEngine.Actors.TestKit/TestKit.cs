namespace TransferEngine.Actors.TestKit;

/// <summary>
/// The base of an actor's specs: a system of its own, and a probe as the spec's own voice in it. The names are those of
/// Akka.TestKit, so that specs compile against either.
/// </summary>
public class TestKit : TestKitBase, IDisposable
{
    public TestKit()
        : this(new ActorSystemSettings())
    {
    }

    public TestKit(ActorSystemSettings settings)
        : base(ActorSystem.Create("test", settings))
    {
    }

    public virtual TestProbe CreateTestProbe(string? name = null) => new(Sys);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!Sys.Terminate().Wait(TimeSpan.FromMinutes(2)))
            throw new TimeoutException("The actor system did not end within two minutes.");
    }
}
