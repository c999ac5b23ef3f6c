using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Commands;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Images;

namespace TransferEngine.Cli;

/// <summary>The command line as a whole: finds the command, runs it, and turns whatever goes wrong into words and an exit code.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(
        string[] args, CliConsole console, Action<IServiceCollection>? overrides, CancellationToken cancellationToken)
    {
        // No response files: a password may begin with an at sign.
        var parse = Build(new CliHost(console, overrides)).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        return console.Close(await RunAsync(parse, args, console, cancellationToken));
    }

    private static async Task<int> RunAsync(ParseResult parse, string[] args, CliConsole console, CancellationToken cancellationToken)
    {
        try
        {
            if (UsageErrors.FindSwallowed(parse, args) is { } swallowed)
                throw new UsageException(swallowed);
            if (parse.Action is not { ClearsParseErrors: true } && UsageErrors.Find(parse) is { } complaint)
                throw new UsageException(complaint);
            return await parse.InvokeAsync(Invocation(console), cancellationToken);
        }
        catch (UsageException e)
        {
            console.Error.WriteLine($"transfer: {e.Message}");
            console.Error.WriteLine($"Run '{UsageErrors.HelpCommand(parse)}' for what there is.");
            return ExitCode.WrongUsage;
        }
        catch (TransferException e)
        {
            return Complain(parse, console, e.Error);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Complain(parse, console, new TransferError(ErrorCode.Interrupted, "Stopped before the end."));
        }
#pragma warning disable CA1031 // The last resort: an apology instead of a stack trace that nobody asked for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Apologise(parse, console, e);
        }
    }

    internal static RootCommand Build(CliHost host)
    {
        var root = new RootCommand("Moves container images by the thousand, each distinct blob uploaded once.");
        root.Add(MigrateCommand.Create(host));
        root.Add(ListCommand.Create(host));
        root.Add(PlanCommand.Create(host));
        root.Add(VerifyCommand.Create(host));
        root.Add(PackCommand.Create(host));
        root.Add(UnpackCommand.Create(host));
        root.Add(StatusCommand.Create(host));
        root.Add(ImportCommand.Create(host));
        root.Add(LoginCommand.Create(host));
        root.Add(LogoutCommand.Create(host));
        root.Add(ServeCommand.Create(host));
        root.Add(DemoCommand.Create(host));
        return root;
    }

    // Signals and exceptions are ours: the library would end the process after two seconds and print stack traces.
    private static InvocationConfiguration Invocation(CliConsole console) => new()
    {
        Output = console.Out,
        Error = console.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    private static int Complain(ParseResult parse, CliConsole console, TransferError error)
    {
        console.Error.WriteLine($"transfer: {error}");
        if (IsGiven(parse, JsonOption.Name))
            JsonLine.Write(console.Out, writer => EventJson.Error(writer, error));
        return ExitCode.Of(error);
    }

    private static int Apologise(ParseResult parse, CliConsole console, Exception e)
    {
        var verbose = IsGiven(parse, GeneralOptions.VerboseName);
        var code = Complain(parse, console, OpenFileLimit.Explain(e) ?? new TransferError(ErrorCode.Internal, $"Something that should not happen did, sorry: {e.Message}")
        {
            Hint = verbose ? null : $"Run it again with {GeneralOptions.VerboseName} for a report that can be looked into.",
        });
        if (verbose)
            console.Error.WriteLine(e);
        return code;
    }

    private static bool IsGiven(ParseResult parse, string flag) =>
        parse.CommandResult.Command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == flag) is { } option && parse.GetValue(option);
}
