namespace TransferEngine.Hocon;

/// <summary>
/// A HOCON document can't be read: where it stands and what is wrong, in one sentence. The only exception that reading
/// a document throws, whatever the text is.
/// </summary>
public sealed class HoconException : Exception
{
    public HoconException(string source, int line, int column, string reason, Exception? inner = null)
        : base(line > 0 ? $"{source}, line {line}, column {column}: {reason}" : $"{source}: {reason}", inner)
    {
        SourceName = source;
        Line = line;
        Column = column;
        Reason = reason;
    }

    /// <summary>The file's path, or a name for text that is in no file.</summary>
    public string SourceName { get; }

    /// <summary>Counts from 1; 0 if the document as a whole is meant.</summary>
    public int Line { get; }

    /// <summary>Counts from 1; 0 if the document as a whole is meant.</summary>
    public int Column { get; }

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; }
}
