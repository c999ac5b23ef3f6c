using System.ComponentModel;
using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.DockerArchives;

/// <summary>
/// A zstd content, uncompressed by a <c>zstd -d</c> process, since the framework does not know the format. What comes in goes to the
/// process while what it makes of it is read.
/// </summary>
internal sealed class ZstdUnpacking : ReadOnlyStream
{
    private readonly Process _process;
    private readonly CancellationTokenSource _stop = new();
    private readonly Stream _output;
    private readonly Task _feeding;
    private readonly Task<string> _complaint;

    private ZstdUnpacking(Process process, Stream packed)
    {
        _process = process;
        _output = process.StandardOutput.BaseStream;
        _complaint = process.StandardError.ReadToEndAsync(_stop.Token);
        _feeding = FeedAsync(packed);
    }

    /// <param name="blob">What it is, for the error.</param>
    /// <param name="packed">Read to its end, unless the process ends before.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.TargetRejected"/>: there is no <c>zstd</c>.</exception>
    public static ZstdUnpacking Start(Descriptor blob, Stream packed)
    {
        try
        {
            var start = new ProcessStartInfo("zstd", ["-d", "-c", "-q"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            return new ZstdUnpacking(Process.Start(start)!, packed);
        }
        catch (Win32Exception)
        {
            throw LayerUnpacking.Refused(blob, "is compressed with zstd, for which the program zstd is needed", "Install zstd.");
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _output.ReadAsync(buffer, cancellationToken);
        if (read > 0 || buffer.IsEmpty)
            return read;
        await _feeding.WaitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode == 0 ? 0 : throw new InvalidDataException(Printable.Of((await _complaint).Trim()));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (!_process.HasExited)
            _process.Kill();
        await _feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ((Task)_complaint).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _stop.Dispose();
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
    }

    private async Task FeedAsync(Stream packed)
    {
        await using var input = _process.StandardInput.BaseStream;
        var buffer = new byte[128 * 1024];
        for (int read; (read = await packed.ReadAsync(buffer, _stop.Token)) > 0;)
        {
            try
            {
                await input.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
            catch (IOException)
            {
                // The process gave up and says why by its exit code.
                return;
            }
        }
    }
}
