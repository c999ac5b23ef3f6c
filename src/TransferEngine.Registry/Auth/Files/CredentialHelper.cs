using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Runs <c>docker-credential-NAME</c> programs from PATH (docker's credential helper protocol: the verb as argument, the server's
/// name or JSON on standard input, JSON on standard output). Time and output are bounded; what a helper writes is never repeated.
/// </summary>
internal sealed partial class CredentialHelper(Func<string, string?> environment, TimeProvider time)
{
    // Long enough for somebody to answer a keyring's question.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private const int MaxOutput = 64 * 1024;

    // The user name by which a helper says that the secret is an identity token.
    private const string TokenUser = "<token>";

    /// <summary>Null if the helper knows no credentials for the server.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.CredentialsUnusable"/>.</exception>
    public async Task<RegistryCredential?> GetAsync(string name, string server, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(name, "get", Encoding.UTF8.GetBytes(server), cancellationToken);
        if (exitCode == 0)
            return Read(name, output);
        return SaysNotFound(output) ? null : throw Failed(name, "get", exitCode);
    }

    public async Task StoreAsync(string name, string server, string username, string password, CancellationToken cancellationToken)
    {
        using var input = new MemoryStream();
        using (var json = new Utf8JsonWriter(input))
        {
            json.WriteStartObject();
            json.WriteString("ServerURL", server);
            json.WriteString("Username", username);
            json.WriteString("Secret", password);
            json.WriteEndObject();
        }
        var (exitCode, _) = await RunAsync(name, "store", input.ToArray(), cancellationToken);
        if (exitCode != 0)
            throw Failed(name, "store", exitCode);
    }

    /// <summary>False if the helper had none.</summary>
    public async Task<bool> EraseAsync(string name, string server, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(name, "erase", Encoding.UTF8.GetBytes(server), cancellationToken);
        if (exitCode != 0 && !SaysNotFound(output))
            throw Failed(name, "erase", exitCode);
        return exitCode == 0;
    }

    private async Task<(int ExitCode, byte[] Output)> RunAsync(string name, string verb, byte[] input, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var process = Start(name, verb);
        try
        {
            // Read so that it can go on, but not waited for: a keyring's daemon that it starts may hold the other end for ever.
            _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, stop.Token);
            await WriteAsync(process, input, stop.Token);
            var buffer = new byte[MaxOutput + 1];
            var length = await process.StandardOutput.BaseStream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop.Token);
            if (length > MaxOutput)
                throw CredentialErrors.OfHelper(name, "writes more than 64 KiB.", "See that it is a credential helper.");
            await process.WaitForExitAsync(stop.Token);
            return (process.ExitCode, buffer[..length]);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw CredentialErrors.OfHelper(name, $"does not answer for {Limit.TotalSeconds:0} seconds.", "Run it by hand: it may be asking something.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WriteAsync(Process process, byte[] input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It did not want to read: its answer says what is wrong.
        }
    }

    private Process Start(string name, string verb)
    {
        if (!NameGrammar().IsMatch(name))
            throw CredentialErrors.OfHelper(name, "is no name of a credential helper.", "Mend credHelpers or credsStore in the auth file.");
        var program = Executables.FindInPath($"docker-credential-{name}", environment("PATH"))
            ?? throw CredentialErrors.OfHelper(name, "is named by the auth file, but not found on PATH.", "Install it, or give credentials in another way, for instance with --authfile.");
        var start = new ProcessStartInfo(program, [verb]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw CredentialErrors.OfHelper(name, "can't be started.", "See that this user may run it.", e);
        }
    }

    private static RegistryCredential? Read(string name, byte[] output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            var (user, secret) = (json.RootElement.GetProperty("Username").GetString() ?? "", json.RootElement.GetProperty("Secret").GetString() ?? "");
            return user == TokenUser ? RegistryCredential.OfIdentityToken(secret)
                : user.Length == 0 && secret.Length == 0 ? null
                : new RegistryCredential(user, secret);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Without the cause: a JSON error may quote what was read.
            throw CredentialErrors.OfHelper(name, "answers with something that holds no credentials.", "Run it by hand: docker-credential-NAME get, with the registry's name on standard input.");
        }
    }

    // The protocol has no other sign: this sentence, on standard output, and an exit code that is not 0.
    private static bool SaysNotFound(byte[] output) => Encoding.UTF8.GetString(output).Contains("credentials not found", StringComparison.OrdinalIgnoreCase);

    private static TransferException Failed(string name, string verb, int exitCode) =>
        CredentialErrors.OfHelper(name, $"{verb} failed with exit code {exitCode}.", "Run it by hand to see why, or give credentials in another way, for instance with --authfile.");

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NameGrammar();
}
