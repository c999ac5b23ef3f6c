namespace TransferEngine.Images;

/// <summary>How far a failure reaches: what else is pointless to try.</summary>
public enum ErrorScope
{
    /// <summary>One image; its neighbours are not affected.</summary>
    Image,

    /// <summary>One blob, wherever it is used.</summary>
    Blob,

    /// <summary>Everything of one repository.</summary>
    Repository,

    /// <summary>The whole endpoint: the run can't go on (exit code 3).</summary>
    Endpoint,
}

/// <summary>
/// An expected failure as a value: what failed, why, and what the user can do. Never holds a secret: whoever
/// fills it keeps credentials, tokens and query strings out. Its texts are made harmless here (<see cref="Printable"/>), as names in
/// trees and tars are whatever somebody wrote there.
/// </summary>
/// <param name="Code">One of <see cref="ErrorCode"/>.</param>
/// <param name="Message">Why, in one sentence that names things as the user knows them.</param>
public sealed record TransferError(string Code, string Message)
{
    public string Message { get; init => field = Printable.Whole(value); } = Printable.Whole(Message);

    public ErrorScope Scope { get; init; } = ErrorScope.Image;

    /// <summary>True if the same request may succeed when tried again later.</summary>
    public bool IsTransient { get; init; }

    public RepositoryName? Repository { get; init; }

    public Reference? Reference { get; init; }

    public Digest? Digest { get; init; }

    /// <summary>The file or folder, as the user would find it.</summary>
    public string? Path { get; init => field = Harmless(value); }

    /// <summary><c>host[:port]</c>.</summary>
    public string? Host { get; init => field = Harmless(value); }

    /// <summary>What the user can do about it, as an imperative sentence; null where there is nothing sensible to say.</summary>
    public string? Hint { get; init => field = Harmless(value); }

    public override string ToString()
    {
        var where = Path ?? (Digest is { } digest && !Message.Contains(digest.ToString(), StringComparison.Ordinal) ? digest.ToString() : null);
        var text = where is null || Message.Contains(where, StringComparison.Ordinal) ? $"{Code}: {Message}" : $"{Code}: {Message} ({where})";
        return Hint is null ? text : $"{text} {Hint}";
    }

    private static string? Harmless(string? text) => text is null ? null : Printable.Whole(text);
}
