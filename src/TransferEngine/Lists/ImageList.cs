using TransferEngine.Images;

namespace TransferEngine;

/// <summary>
/// A list of images as people keep them in an <c>images-list.txt</c>: one reference a line, <c>[host/]repository[:tag][@digest]</c>,
/// <c>#</c> starts a comment. Without a tag all tags are meant. A host must be the source's own.
/// </summary>
public sealed class ImageList
{
    private const int MaxLines = 1_000_000;
    private const int MaxLineLength = 1024;
    private const string DockerHub = "docker.io";

    private static readonly string TooLong = $"The list of images has more than {MaxLines} lines.";

    private readonly string? _path;
    private readonly string? _host;
    private readonly Dictionary<(RepositoryName Repository, string Name), ListedImage> _byName = [];
    private readonly Dictionary<RepositoryName, List<ListedImage>> _images = [];

    private ImageList(string? path, string? host)
    {
        _path = path;
        _host = host is null ? null : Canonical(host);
    }

    /// <summary>The file, for messages.</summary>
    public string? Path => _path;

    /// <summary>Each repository once, in the order of the list.</summary>
    public IEnumerable<RepositoryName> Repositories => _images.Keys;

    public IReadOnlyList<ListedImage> Of(RepositoryName repository) => _images.GetValueOrDefault(repository) ?? [];

    /// <summary>The lines of a list, not yet understood: what <see cref="SelectionDefinition.Images"/> holds.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the file can't be read, or is longer than any list.</exception>
    public static IReadOnlyList<string> ReadLines(string path)
    {
        try
        {
            var lines = File.ReadLines(path).Take(MaxLines + 1).ToList();
            return lines.Count <= MaxLines ? lines : throw new ImageList(path, null).Invalid(TooLong);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid, $"The list of images can't be read: {Printable.Of(e.Message)}") { Scope = ErrorScope.Endpoint, Path = path }, e);
        }
    }

    /// <param name="reader">The lines.</param>
    /// <param name="host"><c>host[:port]</c> of the source; null for one that has none, as a storage tree.</param>
    /// <param name="path">How messages call the list: the file, mostly.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: a line can't be understood.</exception>
    public static ImageList Parse(TextReader reader, string? host, string? path = null)
    {
        var list = new ImageList(path, host);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (number > MaxLines)
                throw list.Invalid(TooLong);
            if (line.Length > MaxLineLength)
                throw list.Invalid($"Line {number} of the list is longer than any reference can be.");
            var text = line.Split('#', 2)[0].Trim();
            if (text.Length > 0)
                list.Add(list.ParseReference(text, number));
        }
        return list;
    }

    private void Add(ListedImage image)
    {
        if (!_images.TryGetValue(image.Repository, out var images))
            _images.Add(image.Repository, images = []);
        if (!_byName.TryAdd((image.Repository, image.Name), image))
        {
            if (_byName[(image.Repository, image.Name)] is var other && other.Digest != image.Digest)
                throw Invalid($"Lines {other.Line} and {image.Line} of the list give the tag {image.Repository}:{image.Tag} different digests.");
            return;
        }
        images.Add(image);
    }

    private ListedImage ParseReference(string text, int line)
    {
        var rest = text.StartsWith("docker://", StringComparison.Ordinal) ? text["docker://".Length..] : text;
        Digest? digest = null;
        if (rest.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            digest = Digest.TryParse(rest[(at + 1)..], out var parsed) ? parsed : throw NotUnderstood(text, line);
            rest = rest[..at];
        }
        Tag? tag = null;
        if (rest.LastIndexOf(':') is var colon && colon > rest.LastIndexOf('/'))
        {
            tag = Tag.TryParse(rest[(colon + 1)..], out var parsed) ? parsed : throw NotUnderstood(text, line);
            rest = rest[..colon];
        }
        return RepositoryName.TryParse(WithoutHost(rest, line), out var repository)
            ? new ListedImage(line, repository, tag, digest)
            : throw NotUnderstood(text, line);
    }

    // As docker tells a host from a repository's first component: a dot, a colon, or the word localhost.
    private string WithoutHost(string name, int line)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        if (!first.Contains('.', StringComparison.Ordinal) && !first.Contains(':', StringComparison.Ordinal) && first != "localhost")
            return _host == DockerHub && slash < 0 ? $"library/{name}" : name;
        if (Canonical(first) == _host)
            return _host == DockerHub && !name[(slash + 1)..].Contains('/', StringComparison.Ordinal) ? $"library/{name[(slash + 1)..]}" : name[(slash + 1)..];
        if (_host is not null)
            throw Invalid($"Line {line} of the list names the host {Printable.Of(first)}, but the source is {_host}.", $"Leave hosts out. A repository whose name begins like that is written {_host}/{Printable.Of(name)}.");
        // A folder has no host; a dot alone may well be part of a repository's name.
        return first.Contains(':', StringComparison.Ordinal)
            ? throw Invalid($"Line {line} of the list names the host {Printable.Of(first)}, but the source is no registry.", "Leave hosts out.")
            : name;
    }

    // Docker Hub is known by three names, which all mean it.
    private static string Canonical(string host) =>
        host.ToLowerInvariant() is var lower && lower is "index.docker.io" or "registry-1.docker.io" ? DockerHub : lower;

    private TransferException NotUnderstood(string text, int line) =>
        Invalid($"Line {line} of the list, '{Printable.Of(text)}', is not written as repository[:tag][@digest].");

    private TransferException Invalid(string message, string? hint = null) =>
        new(new TransferError(ErrorCode.ConfigurationInvalid, message) { Scope = ErrorScope.Endpoint, Path = _path, Hint = hint });
}
