using System.ComponentModel;
using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tars;

/// <summary>A file uncompressed by a <c>zstd -dc</c> process, as the framework knows no zstd. What the process complains of is damage.</summary>
internal sealed class ZstdStream : ReadOnlyStream
{
    private readonly Process _process;
    private readonly Stream _output;
    private readonly Task<string> _complaint;

    private ZstdStream(Process process)
    {
        _process = process;
        _output = process.StandardOutput.BaseStream;
        _complaint = FirstLineAsync(process.StandardError);
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.SourceUnreadable"/>: there is no such program.</exception>
    public static ZstdStream Start(string path)
    {
        var start = new ProcessStartInfo("zstd", ["-dcq", "--", path]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return new ZstdStream(process);
        }
        catch (Win32Exception e)
        {
            throw new TransferException(new TransferError(ErrorCode.SourceUnreadable, "The archive is compressed with zstd, and there is no program of that name to read it with.")
            {
                Scope = ErrorScope.Endpoint,
                Path = path,
                Hint = "Install zstd, or unpack the compression elsewhere first (zstd -d).",
            }, e);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _output.Read(buffer);
        if (read > 0 || buffer.Length == 0)
            return read;
        _process.WaitForExit();
        return _process.ExitCode == 0 ? 0 : throw new InvalidDataException($"zstd: {Printable.Of(_complaint.GetAwaiter().GetResult())}");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // Closed early, it would end by itself at its next write; but it may be waiting for a slow disk.
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
        base.Dispose(disposing);
    }

    private static async Task<string> FirstLineAsync(StreamReader errors)
    {
        var buffer = new char[4096];
        var first = await errors.ReadBlockAsync(buffer.AsMemory(0, 300));
        var text = new string(buffer, 0, first);
        // The rest must be read as well, or the process would wait.
        while (await errors.ReadAsync(buffer) > 0)
            continue;
        return text.Split('\n')[0].Trim();
    }
}
