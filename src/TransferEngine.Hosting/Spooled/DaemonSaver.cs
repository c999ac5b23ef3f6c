using TransferEngine.Registry.Daemon;

namespace TransferEngine.Hosting.Spooled;

/// <summary>The docker daemon.</summary>
internal sealed class DaemonSaver(DaemonEndpoint endpoint) : IImageSaver
{
    private readonly DaemonApi _api = new(endpoint);

    public string Kind => "docker daemon";

    public Task<IReadOnlyList<string>> ListImagesAsync(CancellationToken cancellationToken) => _api.ListImagesAsync(cancellationToken);

    public async Task SaveAsync(IReadOnlyList<string> names, string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        await _api.SaveAsync(names, file, cancellationToken);
    }

    public void Dispose() => _api.Dispose();
}
