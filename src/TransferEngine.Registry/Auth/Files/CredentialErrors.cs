using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>What goes wrong with auth files and credential helpers. Never repeats what stands in a file or came from a helper.</summary>
internal static class CredentialErrors
{
    public static TransferException OfFile(string path, string message, string hint, Exception? inner = null) =>
        new(new TransferError(ErrorCode.CredentialsUnusable, message) { Path = path, Scope = ErrorScope.Endpoint, Hint = hint }, inner);

    public static TransferException OfHelper(string name, string message, string hint, Exception? inner = null) =>
        new(new TransferError(ErrorCode.CredentialsUnusable, $"docker-credential-{Printable.Of(name)} {message}") { Scope = ErrorScope.Endpoint, Hint = hint }, inner);
}
