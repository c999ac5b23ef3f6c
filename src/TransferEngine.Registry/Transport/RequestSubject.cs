using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>Which side of a transfer a registry is: it decides the advice that goes with an error.</summary>
internal enum RegistryRole
{
    Target,
    Source,
}

/// <summary>
/// What a request is about, for its error. How far that reaches is the operation's to say, as the ports have it: a blob's trouble is the
/// blob's, a manifest's the image's, a list's the repository's. It is never decided where the error is worded.
/// </summary>
/// <param name="What">As in "the registry refused …".</param>
/// <param name="Host"><c>host[:port]</c>.</param>
/// <param name="Repository">The target's repository.</param>
/// <param name="Reference">The manifest's tag or digest.</param>
/// <param name="Digest">The blob's digest.</param>
internal readonly record struct RequestSubject(string What, string Host, RepositoryName? Repository = null, Reference? Reference = null, Digest? Digest = null)
{
    public ErrorScope Scope { get; init; } = ErrorScope.Repository;

    public RegistryRole Role { get; init; }

    public TransferError Error(string code, string message) => Of(new TransferError(code, message)) with { Scope = Scope };

    /// <summary>The error as one of this subject, which reaches as far as it did.</summary>
    public TransferError Of(TransferError error) => error with { Host = Host, Repository = Repository, Reference = Reference, Digest = Digest };

    /// <summary>The registry does not keep to the protocol.</summary>
    public TransferException Violation(string message) => new(Error(ErrorCode.ProtocolViolation, message));

    /// <summary>Something that may go well when all is done again.</summary>
    public TransferException Passing(string code, string message) => new(Error(code, message) with { IsTransient = true });
}
