using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Harbor's own refusals below <c>/v2</c>. Its codes are shared by many causes, so its words tell them apart. What a
/// quota's refusal means for the project's other images, <see cref="HarborTarget"/> decides.
/// </summary>
internal static class HarborRefusals
{
    public static TransferError? Find(int status, string code, string message) => (status, code) switch
    {
        (412, _) when Says(message, "immutable") => new TransferError(ErrorCode.TagImmutable, "") { Hint = "Change the project's immutability rule, or leave the tag out." },
        (403, "DENIED") when Says(message, "of storage resource, which when updated to current usage") =>
            new TransferError(ErrorCode.QuotaExceeded, "") { Hint = "Raise the project's quota, or clean it up, and run the same command again." },
        (403, "DENIED") when Says(message, "read only mode") =>
            new TransferError(ErrorCode.TargetReadOnly, "") { Scope = ErrorScope.Endpoint, Hint = "Wait until Harbor's read-only mode is over, and run the same command again." },
        (403, "DENIED") when Says(message, "proxy project") =>
            new TransferError(ErrorCode.ProxyProject, "") { Scope = ErrorScope.Repository, Hint = "Choose a project that is no proxy cache." },
        // Of a manifest that is pushed: what its index names is there, but no image.
        (404, "NOT_FOUND") when message.StartsWith("artifact ", StringComparison.Ordinal) =>
            new TransferError(ErrorCode.TargetRejected, "") { Hint = "Harbor takes no index whose entries are layers, as BuildKit writes its caches: leave it out." },
        (401, _) when message.StartsWith("project ", StringComparison.Ordinal) && Says(message, "not found") =>
            new TransferError(ErrorCode.ProjectMissing, "") { Scope = ErrorScope.Repository, Hint = "Have the project created, or choose another one." },
        _ => null,
    };

    private static bool Says(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
}
