using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TransferEngine.Hosting;
using TransferEngine.Registry;
using TransferEngine.Persistence;

namespace TransferEngine;

/// <summary>Makes the engine a service of a host.</summary>
public static class TransferEngineServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="ITransferEngine"/>, <see cref="IEndpoints"/> and <see cref="IJobStore"/>, with options from the section
    /// <c>transfer-engine</c>. They are checked when the host starts: a key that is unknown or out of range is a
    /// <see cref="Images.TransferException"/> that names it. Keys may come from any source, JSON, the environment, a command line, in whatever
    /// spelling is usual there, with units. What the engine logs goes to the container's <see cref="ILoggerFactory"/>, if it has one.
    /// Jobs run in the container's <see cref="Akka.Actor.ActorSystem"/>, if it has one that was made with the engine's plugins (<see cref="SqlPlugins"/>; with
    /// Akka.Hosting by <c>WithTransferEngine</c> of TransferEngine.AkkaHosting), else in one of the process's own, made when the first job starts. A host's system
    /// without the plugins is left alone. The host's is never ended by the engine.
    /// </summary>
    public static IServiceCollection AddTransferEngine(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddBoundOptions<EngineOptions>(configuration, EngineOptions.Section, "registry", "harbor", "journal");
        services.AddBoundOptions<RegistryOptions>(configuration, $"{EngineOptions.Section}:registry");
        services.AddBoundOptions<HarborOptions>(configuration, $"{EngineOptions.Section}:harbor");
        services.AddBoundOptions<JobStoreOptions>(configuration, JobStoreOptions.Section);

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => AuthFiles.OfProcess(provider.GetRequiredService<TimeProvider>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, RegistryTreeScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, RegistryTarScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, DockerScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, HarborScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, OciScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, OciArchiveScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, DockerScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, HarborScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, DirScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, DirScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, OciScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, OciArchiveScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, DockerArchiveScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, DockerArchiveScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, DockerDaemonScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, DockerDaemonScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ISourceScheme, ContainersStorageScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, RegistryTreeScheme>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITargetScheme, RegistryTarTargetScheme>());
        services.TryAddSingleton<IEndpoints, Endpoints>();
        services.TryAddSingleton<IJobStore>(provider => new SqlJobStore(provider.OptionsOf<JobStoreOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new SqlPlugins(provider.OptionsOf<JobStoreOptions>()));
        services.TryAddSingleton<IActorSystemProvider>(provider => new ContainerActorSystem(
            provider, provider.GetRequiredService<SqlPlugins>(), AkkaSection.TextOf(configuration)));
        services.TryAddSingleton<Images.IHashedFiles>(provider => new SqliteHashedFiles(provider.OptionsOf<JobStoreOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ITransferEngine>(provider => new MigrationEngine(
            provider.OptionsOf<EngineOptions>(), provider.GetRequiredService<IActorSystemProvider>(), provider.GetRequiredService<IJobStore>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetService<Images.IHashedFiles>(), provider.GetService<ILoggerFactory>()));
        return services;
    }

    /// <summary>The same with options set in code, and nothing from a configuration.</summary>
    public static IServiceCollection AddTransferEngine(this IServiceCollection services, Action<EngineOptions>? configure = null)
    {
        services.AddTransferEngine(new ConfigurationBuilder().Build());
        return configure is null ? services : services.Configure(configure);
    }

    private static void AddBoundOptions<T>(this IServiceCollection services, IConfiguration configuration, string section, params string[] subsections)
        where T : class
    {
        var bound = new BoundOptions<T>(configuration, section, subsections);
        services.AddOptions<T>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<T>>(bound);
        services.AddSingleton<IValidateOptions<T>>(bound);
    }

    private static T OptionsOf<T>(this IServiceProvider provider)
        where T : class => provider.GetRequiredService<IOptions<T>>().Value;
}
