using TransferEngine.Images;

namespace TransferEngine.Hosting.Spooled;

/// <summary>Something on this machine that holds images and hands them out only as archives of <c>docker save</c>.</summary>
internal interface IImageSaver : IDisposable
{
    /// <summary>What it is, for messages: <c>docker daemon</c>.</summary>
    string Kind { get; }

    /// <summary>The names of all images that have one.</summary>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>.</exception>
    Task<IReadOnlyList<string>> ListImagesAsync(CancellationToken cancellationToken);

    /// <summary>Writes an archive of the named images.</summary>
    /// <param name="names">As they were listed, or the one that was asked for.</param>
    /// <param name="path">A file that is not there yet.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.SourceNotFound"/> where an image is not there.</exception>
    Task SaveAsync(IReadOnlyList<string> names, string path, CancellationToken cancellationToken);
}
