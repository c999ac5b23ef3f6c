using System.Text;
using Microsoft.Extensions.Configuration;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// The keys of one section of a configuration, in whatever way their sources spell them: <c>open-repositories</c> in a file,
/// <c>OPEN_REPOSITORIES</c> in the environment, <c>OpenRepositories</c> in code are one key. Where two sources spell it differently, the stronger one
/// decides, as it does where they spell it alike.
/// </summary>
internal sealed class OptionKeys
{
    private readonly IConfigurationProvider[] _sources;
    private readonly ILookup<string, IConfigurationSection> _keys;

    private OptionKeys(IConfigurationProvider[] sources, IEnumerable<IConfiguration> sections) =>
        (_sources, _keys) = (sources, sections.SelectMany(section => section.GetChildren()).ToLookup(child => Bare(child.Key), StringComparer.Ordinal));

    /// <summary>Every key that is there, as it is spelt.</summary>
    public IEnumerable<string> All => _keys.SelectMany(spellings => spellings).Select(child => child.Key);

    public static OptionKeys Of(IConfiguration configuration, string path)
    {
        IEnumerable<IConfiguration> sections = [configuration];
        foreach (var part in path.Split(':'))
            sections = sections.SelectMany(section => section.GetChildren()).Where(child => Bare(child.Key) == Bare(part)).ToList();
        return new OptionKeys([.. (configuration as IConfigurationRoot)?.Providers ?? []], sections);
    }

    /// <summary>True if some source gives the key a text, in whose place there should be keys.</summary>
    public bool IsText(string name) => _keys[Bare(name)].Any(child => child.Value is { Length: > 0 });

    /// <summary>What the strongest source says of a key; null if none says anything.</summary>
    /// <exception cref="TransferException">One source spells it in two ways, and says two things.</exception>
    public IConfigurationSection? Find(string name)
    {
        var given = _keys[Bare(name)].Where(child => child.Exists()).GroupBy(StrengthOf).MaxBy(group => group.Key)?.ToList() ?? [];
        if (given.Find(other => OptionValue.TextOf(other) != OptionValue.TextOf(given[0])) is { } contrary)
            throw new TransferException(new TransferError(ErrorCode.ConfigurationInvalid,
                $"{Printable.Of(given[0].Path.Replace(':', '.'))} and {Printable.Of(contrary.Path.Replace(':', '.'))} are the same key, and say two things.")
            { Scope = ErrorScope.Endpoint });
        return given.FirstOrDefault();
    }

    public static string Bare(string key) =>
        key.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>As the key stands in a file.</summary>
    public static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }

    // A part of a host's configuration does not tell its sources: then all are equal.
    private int StrengthOf(IConfigurationSection section) =>
        Array.FindLastIndex(_sources, source => source.TryGet(section.Path, out var value) && value is not null || source.GetChildKeys([], section.Path).Any());
}
