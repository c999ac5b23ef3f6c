using Microsoft.Extensions.Configuration;

namespace TransferEngine.Hocon;

/// <summary>
/// HOCON documents as a source of configuration. Our own reader: Akka.NET's accepts most documents that are malformed, never looks at the
/// environment, and lets an unset <c>${?NAME}</c> wipe the value before it.
/// </summary>
/// <remarks>
/// Read are: comments, the three kinds of strings, optional root braces, commas and equal signs, dotted keys, merged
/// objects, <c>+=</c>, concatenation, <c>${path}</c> and <c>${?path}</c> with the environment behind the document, and includes of files.
/// Two things are done so that <c>section.Bind(options)</c> works: a key with hyphens is also found without them (<c>pipe-bytes</c> binds to
/// <c>PipeBytes</c>), unless it is quoted; and an unquoted value that is a number with a unit becomes what the option's type
/// can read: <c>500 ms</c> a <see cref="TimeSpan"/>, <c>1 MiB</c> a number of bytes (<see cref="HoconDuration"/>, <see cref="HoconSize"/>).
/// </remarks>
public static class HoconConfigurationExtensions
{
    /// <summary>Adds a file, and the files it includes.</summary>
    /// <param name="builder">What to add to.</param>
    /// <param name="path">The file; relative to the working directory.</param>
    /// <param name="optional">True if the file need not be there.</param>
    /// <exception cref="HoconException">When the configuration is built: the file is missing or no HOCON document.</exception>
    public static IConfigurationBuilder AddHoconFile(this IConfigurationBuilder builder, string path, bool optional = false)
    {
        var fullPath = Path.GetFullPath(path);
        return builder.Add(new HoconConfigurationSource(() => optional && !File.Exists(fullPath) ? null : HoconIncludes.ReadFile(fullPath)));
    }

    /// <summary>Adds a document given as text. <paramref name="name"/> is how messages call it.</summary>
    /// <exception cref="HoconException">When the configuration is built: the text is no HOCON document.</exception>
    public static IConfigurationBuilder AddHocon(this IConfigurationBuilder builder, string text, string name = "HOCON text") =>
        builder.Add(new HoconConfigurationSource(() => new HoconSource(name, text, Path: null)));

    /// <summary>Adds a document read from a stream, in UTF-8 or with a byte order mark. The stream is read at once and left open.</summary>
    /// <exception cref="HoconException">When the configuration is built: the text is no HOCON document.</exception>
    public static IConfigurationBuilder AddHocon(this IConfigurationBuilder builder, Stream stream, string name = "HOCON stream")
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var source = HoconIncludes.Read(reader, name, path: null);
        return builder.Add(new HoconConfigurationSource(() => source));
    }
}
