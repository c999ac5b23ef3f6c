using System.Text.RegularExpressions;

namespace TransferEngine;

/// <summary>Regular expressions that users write: linear in the text's length where the pattern allows it, else bounded by a timeout.</summary>
internal static class BoundedRegex
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">The pattern can't be understood.</exception>
    public static Regex Create(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, Timeout);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Timeout);
        }
    }
}
