using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Hocon;
using TransferEngine.Images;
using TransferEngine.TestKit;
using Xunit;

namespace TransferEngine.Hosting.Tests;

/// <summary>What a user's configuration says of Akka.NET, in the actor system that the engine makes.</summary>
public sealed class AkkaSectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_file_says_stands_before_what_the_engine_sets()
    {
        var config = await SettingsAsync("""
            akka {
              persistence.journal.transfer-engine.recovery-event-timeout = 3 m
              actor.default-dispatcher.throughput = 17
              a-list = ["one, two", "three"]
              mine { "/a b/c" { text = "quoted \"text\" and \\ more" } }
            }
            """);
        Assert.Equal(TimeSpan.FromMinutes(3), config.GetTimeSpan($"{JournalPlugin.Journal}.recovery-event-timeout"));
        Assert.Equal(TimeSpan.FromMinutes(10), config.GetTimeSpan($"{JournalPlugin.Journal}.circuit-breaker.call-timeout"));
        Assert.Equal(17, config.GetInt("akka.actor.default-dispatcher.throughput"));
        Assert.Equal(["one, two", "three"], config.GetStringList("akka.a-list"));
        Assert.Equal("quoted \"text\" and \\ more", config.GetConfig("akka.mine").Root.GetObject().Items["/a b/c"].GetObject().Items["text"].GetString());
    }

    [Fact]
    public async Task What_Akka_net_can_not_take_is_told_as_a_configuration_that_is_wrong()
    {
        var error = (await Assert.ThrowsAsync<TransferException>(() => SettingsAsync("akka.actor.deployment.\"/a\".router = no-such-router"))).Error;
        Assert.Equal(ErrorCode.ConfigurationInvalid, error.Code);
        Assert.Contains("no-such-router", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_section_without_end_is_refused_before_a_job_begins()
    {
        var path = $"akka:{string.Join(':', Enumerable.Repeat("a", 40))}";
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>(path, "1")]).Build();
        var error = Assert.Throws<TransferException>(() => AkkaSection.TextOf(configuration)).Error;
        Assert.Equal(ErrorCode.ConfigurationInvalid, error.Code);
    }

    private async Task<Akka.Configuration.Config> SettingsAsync(string hocon)
    {
        var configuration = new ConfigurationBuilder().AddHocon($"{hocon}\ntransfer-engine.journal.state-directory = \"{_folder.Path}\"").Build();
        await using var services = new ServiceCollection().AddTransferEngine(configuration).BuildServiceProvider();
        return (await services.GetRequiredService<IActorSystemProvider>().GetAsync(CancellationToken.None)).Settings.Config;
    }
}
