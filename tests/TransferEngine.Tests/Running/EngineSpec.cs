using Akka.Configuration;

namespace TransferEngine.Tests.Running;

/// <summary>The base of the engine's actor specs: Akka.NET's test kit, with a journal in memory under the engine's name for it.</summary>
public abstract class EngineSpec() : Akka.TestKit.Xunit2.TestKit(Settings)
{
    internal static Config Settings { get; } = WithJournal("Akka.Persistence.Journal.MemoryJournal, Akka.Persistence");

    /// <summary>A system's configuration, with this class as its journal.</summary>
    internal static Config WithJournal(string journal) => ConfigurationFactory.ParseString($$"""
        akka { loglevel = OFF, stdout-loglevel = OFF }
        # As long as a busy machine may need.
        akka.test { single-expect-default = 2 m, default-timeout = 2 m }
        akka.coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
        {{JournalPlugin.Journal}} { class = "{{journal}}", plugin-dispatcher = "akka.actor.default-dispatcher" }
        """);
}
