using System.Globalization;
using System.Text.RegularExpressions;

namespace TransferEngine.TestKit.Registries;

/// <summary>One line of a registry's access log.</summary>
public sealed record LoggedRequest(string Method, string Path, string Query, int Status)
{
    public bool IsUploadStart => Method == "POST" && Path.EndsWith("/blobs/uploads/", StringComparison.Ordinal) && !Query.Contains("mount=", StringComparison.Ordinal);

    public bool IsMount => Method == "POST" && Query.Contains("mount=", StringComparison.Ordinal);

    /// <summary>A finished upload; <see cref="DigestOfUpload"/> says of what.</summary>
    public bool IsFinishedUpload => Method == "PUT" && Path.Contains("/blobs/uploads/", StringComparison.Ordinal) && Status == 201;

    public bool IsCancel => Method == "DELETE" && Path.Contains("/blobs/uploads/", StringComparison.Ordinal);

    public bool IsManifest => Path.Contains("/manifests/", StringComparison.Ordinal);

    public string DigestOfUpload => Uri.UnescapeDataString(Query.Split('&').First(part => part.StartsWith("digest=", StringComparison.Ordinal))["digest=".Length..]);
}

/// <summary>Reads the access log that <c>docker-registry</c> writes in Apache's combined form.</summary>
public static partial class AccessLog
{
    public static IReadOnlyList<LoggedRequest> Parse(IEnumerable<string> lines) =>
        [.. lines.Select(line => Line().Match(line)).Where(match => match.Success).Select(match =>
        {
            var address = match.Groups["uri"].Value.Split('?', 2);
            return new LoggedRequest(match.Groups["method"].Value, address[0], address.Length > 1 ? address[1] : "",
                int.Parse(match.Groups["status"].Value, CultureInfo.InvariantCulture));
        })];

    [GeneratedRegex("""\] "(?<method>[A-Z]+) (?<uri>\S+) HTTP/[0-9.]+" (?<status>[0-9]{3}) """)]
    private static partial Regex Line();
}
