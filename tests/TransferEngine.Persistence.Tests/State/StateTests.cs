namespace TransferEngine.Persistence.Tests.State;

/// <summary>What is the same whatever database the state is in: each of these suites runs on every one.</summary>
public abstract class StateTests(Func<Task<TestState>> create) : IAsyncLifetime
{
    protected TestState State { get; private set; } = null!;

    protected SqlJobStore Store => State.Store;

    public async Task InitializeAsync() => State = await create();

    public Task DisposeAsync() => State.RemoveAsync();
}
