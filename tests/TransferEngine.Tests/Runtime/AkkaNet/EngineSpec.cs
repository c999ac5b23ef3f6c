namespace TransferEngine.Tests.Runtime;

/// <summary>The base of the engine's actor specs under Akka.NET: its test kit, with its in-memory journal.</summary>
public abstract class EngineSpec : Akka.TestKit.Xunit2.TestKit;
