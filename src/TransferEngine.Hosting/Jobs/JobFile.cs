using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// What a job file says: options for the engine, and jobs that run one after the other. Written in YAML or HOCON, with the
/// same keys; <c>hocon/job-file.md</c> describes them. Credentials are named, never held.
/// </summary>
public sealed record JobFile
{
    /// <summary>The only version there is of the format.</summary>
    public const int Version = 1;

    /// <summary>Keys below the section <c>transfer-engine</c>, with colons between their parts, as written in the file.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<JobDefinition> Jobs { get; init; } = [];

    /// <summary>Reads a file: YAML by the extension .yaml or .yml, HOCON by .conf or .hocon.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the file can't be read, or says something that can't be meant.</exception>
    public static JobFile Read(string path)
    {
        var root = System.IO.Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".YAML" or ".YML" => YamlTree.ReadFile(path),
            ".CONF" or ".HOCON" => HoconTree.ReadFile(path),
            _ => throw JobFileErrors.Of(path, null, "The extension does not say what the file is.", "Name it .yaml, .yml, .conf or .hocon."),
        };
        return new JobFileReader(path).Read(root);
    }

    /// <summary>Reads YAML; <paramref name="name"/> is how messages call it.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static JobFile ParseYaml(TextReader text, string name = "job file") => new JobFileReader(name).Read(YamlTree.Read(text, name));

    /// <summary>Writes YAML that <see cref="Read"/> understands.</summary>
    public void WriteYaml(TextWriter output) => JobFileWriter.Write(this, output);
}
