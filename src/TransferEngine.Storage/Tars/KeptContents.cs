using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// Chooses, in the pass that indexes a compressed archive, what is kept of the contents: all links, as they are tiny and each image needs
/// several; and JSON, which manifests and configs are and layers are not, within a budget of which configs get no more than half.
/// </summary>
internal sealed class KeptContents(long budget)
{
    private long _links;
    private long _manifests;
    private long _others;

    /// <summary>The content, if it is kept. What is read of it is passed over in any case.</summary>
    /// <exception cref="InvalidDataException">The compressed data is damaged.</exception>
    public byte[]? Read(TarMember member, TarInput input)
    {
        if (member is not { Trouble: null, Sparse: null, Length: > 0 and <= Manifest.MaxBytes })
            return null;
        if (member.Length <= TreeReader.MaxLinkBytes && member.Name.EndsWith("/link", StringComparison.Ordinal))
            return Take(ref _links, long.MaxValue, Read(input, [], member.Length));
        var first = Read(input, [], 1);
        if (first is not [(byte)'{'] || _manifests + _others + member.Length > budget)
            return null;
        var content = Read(input, first, member.Length);
        return content.AsSpan().IndexOf("\"schemaVersion\""u8) >= 0 ? Take(ref _manifests, budget, content) : Take(ref _others, budget / 2, content);
    }

    private static byte[]? Take(ref long taken, long limit, byte[] content)
    {
        if (taken + content.Length > limit)
            return null;
        taken += content.Length;
        return content;
    }

    private static byte[] Read(TarInput input, byte[] begun, long length) => [.. begun, .. input.ReadExactly(length - begun.Length)];
}
