using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>What imports have in common to say, and to check.</summary>
internal static class ImportTexts
{
    public static string Login(string host) =>
        $"The credentials for {Printable.Of(host)} were not copied: store them with 'transfer login {Printable.Of(host)}', or name the authfile of source or target in the job file.";

    public static string NoLayout(string name) =>
        $"{Endpoints.Shown(name)} is an image folder and no registry, which is not carried over: move it by itself, with oci:PATH as source or target of transfer migrate.";

    public static string NoRetagging(string target) => $"{Printable.Of(target)}: an image keeps its tag; giving it another one is not carried over.";

    public static bool IsReference(string text) => text.StartsWith('@') ? Digest.TryParse(text[1..], out _) : Tag.TryParse(text, out _);

    /// <summary>What is wrong with an expression; null if nothing is. Other tools take Go's, ours are .NET's: nearly the same language.</summary>
    public static string? RegexFault(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return null;
        }
        catch (ArgumentException)
        {
            return $"'{Printable.Of(pattern)}' is not understood as a regular expression.";
        }
    }
}
