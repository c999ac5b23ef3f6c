using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>For machines: JSON instead of words on standard output.</summary>
internal static class JsonOption
{
    public const string Name = "--json";

    public static Option<bool> AddTo(Command command, string help)
    {
        var option = OptionFactory.Flag(Name, help);
        command.Add(option);
        return option;
    }
}
