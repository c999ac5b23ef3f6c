using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TransferEngine.TestKit.Registries;

/// <summary>One request as a registry's access log has it (Apache's combined format).</summary>
/// <param name="Method">GET, HEAD, POST, PATCH, PUT or DELETE.</param>
/// <param name="Path">The path without its query.</param>
/// <param name="Query">The query without its question mark; empty if there was none.</param>
/// <param name="Status">The status answered.</param>
/// <param name="Bytes">Bytes of the answer's body.</param>
public sealed partial record RegistryRequest(string Method, string Path, string Query, int Status, long Bytes)
{
    /// <summary>A POST that opened an upload session, asked for a mount or both.</summary>
    public bool IsUploadStart => Method == "POST" && Path.EndsWith("/blobs/uploads/", StringComparison.Ordinal);

    /// <summary>A mount that was granted.</summary>
    public bool IsMount => IsUploadStart && Status == 201 && Query.Contains("mount=", StringComparison.Ordinal);

    /// <summary>The PUT that committed an upload.</summary>
    public bool IsUploadCommit => Method == "PUT" && Status == 201 && Path.Contains("/blobs/uploads/", StringComparison.Ordinal);

    public bool IsUploadCancel => Method == "DELETE" && Path.Contains("/blobs/uploads/", StringComparison.Ordinal);

    public bool IsManifest => Path.Contains("/manifests/", StringComparison.Ordinal);

    public static bool TryParse(string line, [NotNullWhen(true)] out RegistryRequest? request)
    {
        request = null;
        var match = Combined().Match(line);
        if (!match.Success)
            return false;
        var target = match.Groups["target"].Value.Split('?', 2);
        request = new RegistryRequest(match.Groups["method"].Value, target[0], target.Length > 1 ? target[1] : "",
            int.Parse(match.Groups["status"].ValueSpan, CultureInfo.InvariantCulture),
            long.Parse(match.Groups["bytes"].ValueSpan, CultureInfo.InvariantCulture));
        return true;
    }

    [GeneratedRegex("""\] "(?<method>[A-Z]+) (?<target>\S+) HTTP/[0-9.]+" (?<status>\d{3}) (?<bytes>\d+) """)]
    private static partial Regex Combined();
}
