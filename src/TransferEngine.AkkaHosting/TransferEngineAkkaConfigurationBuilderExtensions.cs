using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Persistence;

namespace TransferEngine;

/// <summary>Lets jobs run in the actor system of a host that makes it by Akka.Hosting.</summary>
public static class TransferEngineAkkaConfigurationBuilderExtensions
{
    /// <summary>
    /// Adds the engine's journal and serializer to the host's system; what the host has of its own stays as it is. The engine itself
    /// is added by <see cref="TransferEngineServiceCollectionExtensions"/>:
    /// <c>services.AddAkka("name", (akka, provider) => akka.WithTransferEngine(provider))</c>.
    /// </summary>
    /// <param name="builder">The host's. Its own <c>WithSqlPersistence</c> may come before or after this. A system keeps one <c>MultiDataOptionsSetup</c>: one that
    /// was added before gets the engine's databases; one that is added after takes their place, and so does any <c>DataOptionsSetup</c>: the first job then says so.</param>
    /// <param name="services">The container to which the engine was added.</param>
    public static AkkaConfigurationBuilder WithTransferEngine(this AkkaConfigurationBuilder builder, IServiceProvider services)
    {
        var plugins = services.GetRequiredService<SqlPlugins>();
        return builder.AddHocon(plugins.Configuration, HoconAddMode.Append).AddSetup(plugins.SetupBeside(builder.Setups));
    }
}
