using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>What to move from where to where. The caller opens and disposes source and target.</summary>
/// <param name="Source">Where the images are.</param>
/// <param name="Target">Where they shall be.</param>
public sealed record MigrationJob(IImageSource Source, IImageTarget Target)
{
    /// <summary>Which repositories and tags; all by default.</summary>
    public ImageSelection Selection { get; init; } = ImageSelection.All;

    /// <summary>Also the revisions that no tag names.</summary>
    public bool Untagged { get; init; }

    /// <summary>With each image, what refers to it: signatures, SBOMs and other artifacts with it as their subject.</summary>
    public bool Referrers { get; init; } = true;

    /// <summary>Take the journal's word for what an earlier run pushed, and ask the target nothing about it.</summary>
    public bool TrustJournal { get; init; }

    /// <summary>Forget what earlier runs of this job wrote into the journal.</summary>
    public bool Restart { get; init; }

    /// <summary>Hash every blob while it is read, before the target is told to keep it.</summary>
    public bool VerifySource { get; init; }

    /// <summary>Bytes per second for all uploads together; 0 for no limit.</summary>
    public long LimitRate { get; init; }

    /// <summary>The name under which the state is kept: given by the user, or <see cref="DefaultName"/>.</summary>
    public string Name { get => field ?? DefaultName(Source, Target); init; }

    /// <summary>
    /// The same source and target make the same job: 16 hex digits of the SHA-256 over both endpoints. The selection is
    /// left out on purpose: a wider second run goes on from what a narrower first one did.
    /// </summary>
    public static string DefaultName(IImageSource source, IImageTarget target)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{source.Endpoint}\n{target.Endpoint}"));
        return Convert.ToHexStringLower(hash.AsSpan(0, 8));
    }
}
