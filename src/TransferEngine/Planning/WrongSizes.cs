namespace TransferEngine.Planning;

/// <summary>What is said of manifests that state a wrong size for a blob: the digest proves the bytes, so such an image moves as it is.</summary>
internal static class WrongSizes
{
    public static IReadOnlyList<string> Notes(long manifests) => manifests switch
    {
        0 => [],
        1 => ["1 manifest states a wrong size for a blob; its digest is right, so the image was taken as it is."],
        _ => [$"{manifests} manifests state a wrong size for a blob; the digests are right, so the images were taken as they are."],
    };
}
