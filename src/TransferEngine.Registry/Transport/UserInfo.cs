using System.Text.RegularExpressions;

namespace TransferEngine.Registry;

/// <summary>Takes user and password out of URLs within a text: the runtime's messages name proxies with both.</summary>
internal static partial class UserInfo
{
    public static string Hide(string text) => Pattern().Replace(text, "//***@");

    [GeneratedRegex(@"//[^/\s]*@")]
    private static partial Regex Pattern();
}
