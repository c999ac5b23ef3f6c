using TransferEngine.TestKit.Telemetry;

namespace TransferEngine.Persistence.Tests.Journal;

/// <summary>Standard output belongs to the program's results.</summary>
public sealed class SilenceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_of_an_actor_system_reaches_standard_output_however_much_is_logged()
    {
        var log = new KeptLog();
        var console = Console.Out;
        await using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            await using var system = new SqlActorSystem(_folder.Options, log);
            await (await Recorder.StartAsync(system, "job/migration")).RecordAsync(new RepositoryOpened("r"));
        }
        finally
        {
            Console.SetOut(console);
        }
        Assert.NotEmpty(log.Entries);
        Assert.Empty(output.ToString());
    }
}
