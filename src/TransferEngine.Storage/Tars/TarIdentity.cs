using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TransferEngine.Storage.Tars;

/// <summary>What tells whether an archive is still the one that was indexed.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Length">Bytes of the file.</param>
/// <param name="Changed">When it was last written to, in ticks of UTC.</param>
internal sealed record TarIdentity(string Path, long Length, long Changed)
{
    public static TarIdentity Of(string path)
    {
        var file = new FileInfo(path);
        return new TarIdentity(path, file.Length, file.LastWriteTimeUtc.Ticks);
    }

    /// <summary>The beginning of the names of all indexes of this path.</summary>
    public string Prefix => Hash(Path)[..20] + "-";

    /// <summary>A name for this archive's index.</summary>
    public string FileName => Prefix + Hash(string.Create(CultureInfo.InvariantCulture, $"{Length} {Changed}"))[..12] + TarIndexFile.Extension;

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
