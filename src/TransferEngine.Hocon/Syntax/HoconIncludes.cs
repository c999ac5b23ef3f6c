using System.Text;

namespace TransferEngine.Hocon;

/// <summary>
/// Reads included files. A name is relative to the folder of the including file. A file that is not there is left out
/// unless it is required; a file that includes itself, over others or directly, is an error.
/// </summary>
internal sealed class HoconIncludes
{
    private readonly List<string> _open = [];

    /// <exception cref="HoconException">The file can't be read or is no HOCON document.</exception>
    public static HoconSource ReadFile(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            return Read(reader, path, path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HoconException(path, 0, 0, "There is no such file.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(path, 0, 0, $"The file can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>Reads little more than a document may have at most, and leaves it to the parser to refuse that.</summary>
    public static HoconSource Read(TextReader reader, string name, string? path)
    {
        var text = new StringBuilder();
        Span<char> chunk = stackalloc char[1024];
        while (text.Length <= HoconLimits.Characters && reader.Read(chunk) is > 0 and var count)
            text.Append(chunk[..count]);
        return new HoconSource(name, text.ToString(), path);
    }

    /// <summary>The document's root, its own includes merged in.</summary>
    public ObjectNode Read(HoconSource source, IReadOnlyList<HoconKey> includedAt)
    {
        if (source.Path is null)
            return HoconParser.Parse(source, this, includedAt);
        _open.Add(source.Path);
        var root = HoconParser.Parse(source, this, includedAt);
        _open.RemoveAt(_open.Count - 1);
        return root;
    }

    /// <summary>The included document's root; null if it is not there and need not be.</summary>
    public ObjectNode? Read(HoconSource from, HoconPosition position, string name, bool isRequired, IReadOnlyList<HoconKey> includedAt)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            throw position.Error("The included file has no usable name.");
        if (from.Path is null && !Path.IsPathRooted(name))
            throw position.Error("A relative file can be included from a file only.");
        var path = Path.GetFullPath(name, Path.GetDirectoryName(from.Path) ?? Path.GetPathRoot(Path.GetFullPath(name))!);
        if (_open.Contains(path))
            throw position.Error($"{path} includes itself.");
        if (_open.Count >= HoconLimits.Includes)
            throw position.Error($"More than {HoconLimits.Includes} files include each other.");
        if (File.Exists(path))
            return Read(ReadFile(path), [.. includedAt]);
        return isRequired ? throw position.Error($"The required file {path} is not there.") : null;
    }
}
