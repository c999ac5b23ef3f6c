namespace TransferEngine.Images;

/// <summary>
/// The one exception family for trouble outside this program: source, target, journal. Misuse of the API is
/// an ordinary CLR exception instead. Everything worth knowing is in <see cref="Error"/>.
/// </summary>
public sealed class TransferException : Exception
{
    public TransferException(TransferError error, Exception? inner = null)
        : base(error.ToString(), inner) => Error = error;

    public TransferError Error { get; }

    public bool IsTransient => Error.IsTransient;
}
