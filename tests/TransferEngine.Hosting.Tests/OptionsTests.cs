using System.Collections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TransferEngine.Hocon;
using TransferEngine.Images;
using TransferEngine.Persistence;
using Xunit;

namespace TransferEngine.Hosting.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void Options_come_from_a_HOCON_file()
    {
        using var services = Services("transfer-engine { open-repositories = 5, pipe-bytes = 2 MiB, repository-backoff = 250 ms, journal.state-directory = \"/state\" }");
        var options = services.GetRequiredService<IOptions<EngineOptions>>().Value;
        Assert.Equal((5, 2 * 1024 * 1024, TimeSpan.FromMilliseconds(250)), (options.OpenRepositories, options.PipeBytes, options.RepositoryBackoff));
        Assert.Equal("/state", services.GetRequiredService<IOptions<JobStoreOptions>>().Value.StateDirectory);
    }

    [Fact]
    public void Without_a_configuration_the_defaults_hold_and_code_may_change_them()
    {
        using var services = new ServiceCollection().AddTransferEngine(options => options.Pushers = 3).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<EngineOptions>>().Value;
        Assert.Equal((3, new EngineOptions().Requests), (options.Pushers, options.Requests));
        Assert.NotNull(services.GetRequiredService<ITransferEngine>());
        Assert.NotNull(services.GetRequiredService<IJobStore>());
    }

    [Theory]
    [InlineData("transfer-engine.pushers = 0", "transfer-engine.pushers must be between 1 and 256")]
    [InlineData("transfer-engine.pipe-bytes = 1 KiB", "transfer-engine.pipe-bytes")]
    [InlineData("transfer-engine.repository-backoff = 2 days", "transfer-engine.repository-backoff")]
    [InlineData("transfer-engine.pushers = many", "transfer-engine.pushers")]
    [InlineData("transfer-engine.pusher = 4", "transfer-engine.pusher is no key; known: ")]
    [InlineData("transfer-engine.journal.folder = x", "transfer-engine.journal.folder is no key; known: state-directory")]
    public async Task A_host_does_not_start_on_options_that_can_not_be_meant_and_says_which(string hocon, string expected)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddHocon(hocon);
        builder.Services.AddTransferEngine(builder.Configuration);
        using var host = builder.Build();
        var error = (await Assert.ThrowsAsync<TransferException>(() => host.StartAsync())).Error;
        Assert.Equal(ErrorCode.ConfigurationInvalid, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Environment_variables_set_options_with_units()
    {
        var variables = new Hashtable
        {
            ["TRANSFER_ENGINE__OPEN_REPOSITORIES"] = "7",
            ["TRANSFER_ENGINE__PIPE_BYTES"] = "2 MiB",
            ["TRANSFER_ENGINE__BLOB_BACKOFF"] = "1 s",
            ["TRANSFER_ENGINE__JOURNAL__STATE_DIRECTORY"] = "/state",
            ["TRANSFER_ENGINEER"] = "me",
            ["PATH"] = "/bin",
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(EnvironmentConfiguration.Read(variables)).Build();
        using var services = new ServiceCollection().AddTransferEngine(configuration).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<EngineOptions>>().Value;
        Assert.Equal((7, 2 * 1024 * 1024, TimeSpan.FromSeconds(1)), (options.OpenRepositories, options.PipeBytes, options.BlobBackoff));
        Assert.Equal("/state", services.GetRequiredService<IOptions<JobStoreOptions>>().Value.StateDirectory);
    }

    private static ServiceProvider Services(string hocon) =>
        new ServiceCollection().AddTransferEngine(new ConfigurationBuilder().AddHocon(hocon).Build()).BuildServiceProvider();
}
