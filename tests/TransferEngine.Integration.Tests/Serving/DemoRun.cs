using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Integration.Tests.Serving;

/// <summary>The README's first command, run once for all tests that look at what it left.</summary>
public sealed class DemoRun : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal ProgramResult Result { get; private set; } = null!;

    public string Source => _folder.Of("source");

    public string Target => _folder.Of("target");

    public async Task InitializeAsync() => Result = await TransferProgram.RunAsync("demo", _folder.Path);

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}
