using System.Text.Json;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit.Programs;
using TransferEngine.TestKit.Registries;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.Migration;

/// <summary>
/// A plausible tree of 520 tags in 60 repositories, moved from a folder into an empty docker-registry: planned, verified, migrated and verified,
/// once for all tests that look at what came of it.
/// </summary>
public sealed class MovedTree : IAsyncLifetime
{
    internal Job Job { get; private set; } = null!;

    internal SampleTree Tree { get; private set; } = null!;

    /// <summary>The plan, made while the target was empty.</summary>
    internal ProgramResult Plan { get; private set; } = null!;

    /// <summary>The verification of the empty target.</summary>
    internal ProgramResult VerifiedBefore { get; private set; } = null!;

    /// <summary>The verification of the full one.</summary>
    internal ProgramResult VerifiedAfter { get; private set; } = null!;

    /// <summary>What the migration asked the target.</summary>
    internal IReadOnlyList<RegistryRequest> Requests { get; private set; } = null!;

    /// <summary>What the migration's report says of each image.</summary>
    internal IReadOnlyDictionary<string, JsonElement> Images { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Job = await Job.CreateAsync();
        Tree = SampleTree.Build(Job.SourceRoot);
        Plan = await TransferProgram.RunAsync("plan", Job.SourceRoot, Job.TargetEndpoint, "--json");
        VerifiedBefore = await VerifyAsync();
        await Job.TakeRequestsAsync();
        (await Job.MigrateAsync(Unverified.RequestsAreCounted)).AssertExit(0);
        (Requests, Images) = (await Job.TakeRequestsAsync(), Job.ReportedImages());
        VerifiedAfter = await VerifyAsync();
    }

    public async Task DisposeAsync() => await Job.DisposeAsync();

    /// <summary>Migrates once more.</summary>
    /// <returns>What it asked the target.</returns>
    internal async Task<IReadOnlyList<RegistryRequest>> MigrateAgainAsync(params string[] further)
    {
        // Whatever other tests have asked.
        await Job.TakeRequestsAsync();
        (await Job.MigrateAsync(Unverified.RequestsAreCounted, further)).AssertExit(0);
        return await Job.TakeRequestsAsync();
    }

    private Task<ProgramResult> VerifyAsync() => TransferProgram.RunAsync("verify", Job.SourceRoot, Job.TargetEndpoint);
}
