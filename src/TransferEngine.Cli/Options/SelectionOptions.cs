using System.CommandLine;
using TransferEngine.Images;

namespace TransferEngine.Cli.Options;

/// <summary>Which images are wanted.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string[]> _include = OptionFactory.Values(
        "--include", "GLOB", "Repositories to take; * stays within a path component, ** crosses them.", "all");

    private readonly Option<string[]> _exclude = OptionFactory.Values("--exclude", "GLOB", "Repositories to leave out; wins over --include.", "none");

    private readonly Option<string[]> _includeTags = OptionFactory.Values("--include-tags", "GLOB", "Tags to take.", "all");

    private readonly Option<string[]> _excludeTags = OptionFactory.Values("--exclude-tags", "GLOB", "Tags to leave out; wins over --include-tags.", "none");

    private readonly Option<string[]> _tagsRegex = OptionFactory.Values(
        "--tags-regex", "REGEX", "Tags to take: those in which one of the expressions matches; write ^ and $ for the whole tag.", "all");

    private readonly Option<string?> _tagsSemver = OptionFactory.Value<string?>(
        "--tags-semver", "RANGE", "Tags to take: semantic versions in this range, like '>=1.2 <2.0', '^1.2', '~1.2' or '1.x', with or without a leading v.", "all");

    private readonly Option<int?> _newest = OptionFactory.Value<int?>(
        "--newest", "N", "Of each repository only N tags, of those that pass the rest: semantic versions from the highest down, then other tags in reverse natural order.", "all");

    private readonly Option<bool> _untagged = OptionFactory.Flag("--untagged", "Take revisions that no tag names as well.");

    private readonly Option<string?> _images = OptionFactory.Value<string?>(
        "--images", "FILE", "Take only the images of this list: one repository, repository:tag or repository@digest a line, # for comments.", "all");

    private readonly Option<string[]> _platforms = OptionFactory.Values(
        "--platform", "OS/ARCH[/VARIANT]", "Of indexes only these platforms, like linux/amd64. An index that loses an entry changes its digest.", "all");

    private readonly Option<bool> _noReferrers = OptionFactory.Flag(
        "--no-referrers", "Leave behind what refers to an image: signatures, attestations, SBOMs.");

    public SelectionOptions(Command command)
    {
        _newest.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var number }] && (!int.TryParse(number, out var newest) || newest < 1))
                result.AddError("Write a number from 1 on.");
        });
        command.Add(_include);
        command.Add(_exclude);
        command.Add(_includeTags);
        command.Add(_excludeTags);
        command.Add(_tagsRegex);
        command.Add(_tagsSemver);
        command.Add(_newest);
        command.Add(_untagged);
        command.Add(_images);
        command.Add(_platforms);
        command.Add(_noReferrers);
    }

    /// <summary>All that is said of images. The lines of a list are read, not understood yet.</summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the list can't be read.</exception>
    public SelectionDefinition Definition(ParseResult parse) =>
        Filters(parse) with { Images = parse.GetValue(_images) is { } file ? ImageList.ReadLines(file) : null };

    private SelectionDefinition Filters(ParseResult parse) => new()
    {
        Include = parse.GetValue(_include) ?? [],
        Exclude = parse.GetValue(_exclude) ?? [],
        IncludeTags = parse.GetValue(_includeTags) ?? [],
        ExcludeTags = parse.GetValue(_excludeTags) ?? [],
        TagsRegex = parse.GetValue(_tagsRegex) ?? [],
        TagsSemver = parse.GetValue(_tagsSemver),
        Newest = parse.GetValue(_newest) ?? 0,
        Untagged = parse.GetValue(_untagged),
        Platforms = parse.GetValue(_platforms) ?? [],
        Referrers = Referrers(parse),
    };

    /// <summary>The list of images, for messages; null if none is given.</summary>
    public string? ListFile(ParseResult parse) => parse.GetValue(_images);

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: an expression or a range can't be understood.</exception>
    public ImageSelection Selection(ParseResult parse) => new(Filters(parse));

    /// <summary>The source, narrowed to the list of images and the platforms if they are given.</summary>
    /// <exception cref="TransferException">The list can't be read or understood, or a platform not.</exception>
    public IImageSource Narrow(ParseResult parse, IImageSource source) => Definition(parse).Narrow(source, ListFile(parse));

    public bool Referrers(ParseResult parse) => !parse.GetValue(_noReferrers);

    public bool Untagged(ParseResult parse) => parse.GetValue(_untagged);
}
