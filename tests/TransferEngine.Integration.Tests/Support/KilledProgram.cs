using TransferEngine.TestKit.Line;
using Xunit;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>
/// The program, killed at a chosen point: where the line to a registry lets it go no further. So it can't have come to its end before,
/// whatever else the machine is doing.
/// </summary>
internal static class KilledProgram
{
    /// <param name="line">To the source's registry or the target's.</param>
    /// <param name="passing">How many requests of this kind get through.</param>
    /// <param name="kind">Which requests are counted.</param>
    /// <param name="arguments">The command line.</param>
    /// <returns>What it had said.</returns>
    public static async Task<ProgramResult> RunAsync(TcpProxy line, int passing, Func<ProxiedRequest, bool> kind, params string[] arguments)
    {
        line.HoldAfter(passing, kind);
        await using var program = TransferProgram.Start(arguments);
        var ended = program.EndAsync();
        if (await Task.WhenAny(line.Held, ended) == ended)
            Assert.Fail($"The run ended before it was held: {await ended}");
        program.Kill();
        var result = await ended;
        result.AssertExit(137);
        line.Heal();
        return result;
    }

    /// <summary>How many images a run with <c>--json</c> told to be migrated.</summary>
    public static int Migrated(ProgramResult result) => result.Output.Split('\n')
        .Count(line => line.Contains("\"image\"", StringComparison.Ordinal) && line.Contains("\"migrated\"", StringComparison.OrdinalIgnoreCase) && line.EndsWith('}'));
}
