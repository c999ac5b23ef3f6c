using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using TransferEngine.TestKit.Programs;
using Xunit;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>
/// The built <c>transfer</c> program, run as users run it: a process with arguments, two streams and an exit code. After each migration that
/// came to an end by itself it is run once more, to verify: both have to say the same.
/// </summary>
internal sealed class TransferProgram : IAsyncDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    // Nothing takes as long, on a machine that does nothing else.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly StringBuilder _errors = new();
    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly Task _reading;

    private readonly Agreement? _agreement;
    private readonly Func<IEnumerable<string>, TransferProgram> _again;

    private TransferProgram(
        ProcessStartInfo start, Action<string>? onLine, Action<string>? onErrorLine, Agreement? agreement, Func<IEnumerable<string>, TransferProgram> again)
    {
        (_agreement, _again) = (agreement, again);
        _process = Process.Start(start)!;
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput, _output, onLine), ReadAsync(_process.StandardError, _errors, onErrorLine));
    }

    public static string Path { get; } = FindProgram();

    public int ProcessId => _process.Id;

    /// <param name="arguments">The command line.</param>
    /// <param name="onLine">Told of each line of standard output.</param>
    /// <param name="asUser">A user other than the tests' own.</param>
    /// <param name="environment">Variables beside those of the tests.</param>
    /// <param name="input">What stands on standard input.</param>
    /// <param name="onErrorLine">Told of each line of standard error.</param>
    /// <param name="unverified">Why no verification follows; without a reason one does.</param>
    /// <param name="core">The only processor core that it may use; null for all.</param>
    public static TransferProgram Start(
        IEnumerable<string> arguments, Action<string>? onLine = null, string? asUser = null, IReadOnlyDictionary<string, string>? environment = null, string? input = null,
        Action<string>? onErrorLine = null, Unverified? unverified = null, int? core = null)
    {
        var agreement = unverified is null ? Agreement.Of([.. arguments]) : null;
        // Tests that were started in the background ignore Ctrl-C, and so would all that they start.
        string[] starter = ["env", "--default-signal=INT,TERM", .. asUser is null ? [] : new[] { "setpriv", $"--reuid={asUser}", "--clear-groups" },
            .. core is null ? [] : new[] { "taskset", "-c", $"{core}" }, Path];
        var start = new ProcessStartInfo(starter[0], [.. starter.Skip(1), .. agreement?.Migration ?? arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = input is not null };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var program = new TransferProgram(start, onLine, onErrorLine, agreement,
            verification => Start(verification, asUser: asUser, environment: environment, input: input));
        if (input is not null)
        {
            program._process.StandardInput.Write(input);
            program._process.StandardInput.Close();
        }
        return program;
    }

    public static Task<ProgramResult> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    /// <param name="unverified">Why no verification follows the migration.</param>
    /// <param name="arguments">The command line.</param>
    public static async Task<ProgramResult> RunAsync(Unverified? unverified, params string[] arguments)
    {
        await using var program = Start(arguments, unverified: unverified);
        return await program.EndAsync();
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <param name="signal"><c>INT</c> for Ctrl-C, <c>TERM</c>.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{ProcessId}"]);
        await kill.WaitForExitAsync();
    }

    public async Task<ProgramResult> EndAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            await _reading;
            throw new TimeoutException($"It did not end within {Patience}.\n--- output\n{_output}\n--- errors\n{_errors}");
        }
        await _reading;
        var result = new ProgramResult(_process.ExitCode, _output.ToString(), _errors.ToString());
        return _agreement is not null && Agreement.IsDue(result.ExitCode) ? result with { Verification = await AgreeAsync(_agreement, result) } : result;
    }

    private async Task<ProgramResult> AgreeAsync(Agreement agreement, ProgramResult migration)
    {
        await using var program = _again(agreement.Verification);
        var verification = await program.EndAsync();
        agreement.Demand(migration.ExitCode, verification.ExitCode, $"migrate: {migration}\nverify: {verification}");
        return verification;
    }

    /// <summary>Resident memory in bytes, as the kernel counts it now.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.HasExited ? 0 : _process.WorkingSet64;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _agreement?.Dispose();
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder text, Action<string>? onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (text)
                text.AppendLine(line);
            onLine?.Invoke(line);
        }
    }

    private static string FindProgram([CallerFilePath] string here = "")
    {
        var root = System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "../../.."));
        var path = System.IO.Path.Combine(root, "src/TransferEngine.Cli/bin", Configuration, "net10.0/transfer");
        return File.Exists(path) ? path : throw new FileNotFoundException($"Build the solution first: there is no {path}.");
    }
}

/// <summary>How the program ended and all that it said.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    /// <summary>What the verification after it said; null where none followed.</summary>
    public ProgramResult? Verification { get; init; }

    /// <summary>Fails with all that the program said: a bare number tells nothing of a run that can't be repeated.</summary>
    public void AssertExit(int expected) => Assert.True(ExitCode == expected, $"Expected exit code {expected}: {this}");

    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- errors\n{Errors}";
}
