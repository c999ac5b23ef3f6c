using System.CommandLine;

namespace TransferEngine.Cli.Options;

/// <summary>Makes options so that each one's help ends with its default.</summary>
internal static class OptionFactory
{
    public static Option<bool> Flag(string name, string help) => new(name) { Description = $"{help} Default: off." };

    /// <param name="name">With its dashes.</param>
    /// <param name="value">What stands for the value in the help.</param>
    /// <param name="help">One sentence.</param>
    /// <param name="defaultText">What holds if the option is not given.</param>
    public static Option<T> Value<T>(string name, string value, string help, string defaultText) =>
        new(name) { HelpName = value, Description = $"{help} Default: {defaultText}.", Arity = ArgumentArity.ExactlyOne };

    public static Option<string[]> Values(string name, string value, string help, string defaultText) =>
        new(name) { HelpName = value, Description = $"{help} May be repeated. Default: {defaultText}.", Arity = ArgumentArity.OneOrMore };
}
