using TransferEngine.Images;
using TransferEngine.TestKit.Registries;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>Which blob an upload's last request committed.</summary>
internal static class UploadedDigest
{
    public static Digest Of(RegistryRequest request) => Digest.Parse(Uri.UnescapeDataString(
        request.Query.TrimStart('?').Split('&').Single(part => part.StartsWith("digest=", StringComparison.Ordinal))["digest=".Length..]));
}
