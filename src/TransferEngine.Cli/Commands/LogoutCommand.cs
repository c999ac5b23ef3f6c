using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Wording;
using TransferEngine.Registry;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer logout</c>: credentials are taken out of the auth file again.</summary>
internal static class LogoutCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("logout", "Forgets the credentials for REGISTRY.");
        var registry = RegistryArgument.Create();
        registry.Arity = ArgumentArity.ZeroOrOne;
        var all = OptionFactory.Flag("--all", "Forget the credentials for all registries.");
        var authFile = RegistryArgument.AuthFileOption();
        command.Add(registry);
        command.Add(all);
        command.Add(authFile);
        var general = new GeneralOptions(command, host);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var named = parse.GetValue(registry);
            if ((named is null) != parse.GetValue(all))
                throw new UsageException("logout takes REGISTRY, or --all without one.");
            await using var services = general.BuildServices(parse);
            var store = services.GetRequiredService<AuthFiles>().OpenStore(parse.GetValue(authFile));
            host.Console.Out.WriteLine(named is null
                ? $"Forgot {Count.Of(await store.EraseAllAsync(cancellationToken), "registry", "registries")} in {store.Path}."
                : await LogOutAsync(store, RegistryAccount.Parse(named), cancellationToken));
            return ExitCode.Complete;
        });
        return command;
    }

    private static async Task<string> LogOutAsync(AuthFileStore store, RegistryAccount account, CancellationToken cancellationToken) =>
        await store.EraseAsync(account, cancellationToken) ? $"Logged out of {account}." : $"There were no credentials for {account} in {store.Path}.";
}
