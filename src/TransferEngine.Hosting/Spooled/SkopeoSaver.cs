using System.ComponentModel;
using System.Diagnostics;
using TransferEngine.Images;

namespace TransferEngine.Hosting.Spooled;

/// <summary>
/// The storage of podman, buildah and CRI-O (containers/storage), which only its own library can read: <c>skopeo copy</c> does it. That
/// storage keeps layers uncompressed and unpacked, so a registry's digests can't be had from it by anybody; an archive loses nothing.
/// </summary>
internal sealed class SkopeoSaver(Func<string, string?> environment) : IImageSaver
{
    private const int LongestComplaint = 120;

    private const string InsteadOfSkopeo = "Install skopeo, or save the image: podman save -o FILE NAME:TAG, then docker-archive:FILE.";

    public string Kind => "containers storage";

    public Task<IReadOnlyList<string>> ListImagesAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException("skopeo lists no containers storage: an image is always named.");

    public async Task SaveAsync(IReadOnlyList<string> names, string path, CancellationToken cancellationToken)
    {
        // Signatures were a matter of the pull; what is in the storage is run as it is.
        using var process = Start(["--insecure-policy", "copy", "--quiet", $"containers-storage:{names[0]}", $"docker-archive:{path}:{names[0]}"]);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
            await output;
            await process.WaitForExitAsync(cancellationToken);
            if (errors.Contains("no space left on device", StringComparison.Ordinal))
                throw SpoolFolder.Failed(path, Complaint(errors));
            if (process.ExitCode != 0)
                throw Failed(errors.Contains("does not resolve to an image", StringComparison.Ordinal) ? ErrorCode.SourceNotFound : ErrorCode.SourceUnreadable,
                    $"skopeo can't copy {Printable.Of(names[0])}: {Complaint(errors)}", "Look at podman image ls, as the same user.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    public void Dispose()
    {
    }

    private Process Start(string[] arguments)
    {
        var program = Executables.FindInPath("skopeo", environment("PATH")) ?? throw Failed(ErrorCode.SourceUnreadable,
            "containers-storage: is read by the program skopeo, which is not in PATH.", InsteadOfSkopeo);
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception e)
        {
            throw Failed(ErrorCode.SourceUnreadable, $"{program} can't be started: {Printable.Of(e.Message)}", InsteadOfSkopeo, e);
        }
    }

    // The reason stands at the end of a long line.
    private static string Complaint(string errors)
    {
        var line = errors.TrimEnd().Split('\n')[^1].TrimEnd('"');
        return Printable.Of(line.Length > LongestComplaint ? "…" + line[^LongestComplaint..] : line);
    }

    private static TransferException Failed(string code, string message, string hint, Exception? inner = null) =>
        new(new TransferError(code, message) { Scope = ErrorScope.Endpoint, Hint = hint }, inner);
}
