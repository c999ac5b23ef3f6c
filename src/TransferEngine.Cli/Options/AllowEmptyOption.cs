using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>For scripts that expect that at times there is nothing.</summary>
internal static class AllowEmptyOption
{
    public static Option<bool> AddTo(Command command)
    {
        var option = OptionFactory.Flag("--allow-empty", "Count it as a success if no image is selected, instead of ending with exit code 4.");
        command.Add(option);
        return option;
    }
}
