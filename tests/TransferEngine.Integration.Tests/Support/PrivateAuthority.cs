using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TransferEngine.TestKit;

namespace TransferEngine.Integration.Tests.Support;

/// <summary>A certificate for the loopback address that nobody knows unless told.</summary>
internal static class PrivateAuthority
{
    /// <summary>Writes <c>server.pem</c> and <c>server.key</c> for a server, and the folder <c>certificates</c> for its clients.</summary>
    public static void Write(TemporaryFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        Directory.CreateDirectory(folder.Of("certificates"));
        File.WriteAllText(folder.Of("server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(folder.Of("server.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(folder.Of("certificates", "ca.crt"), certificate.ExportCertificatePem());
    }
}
