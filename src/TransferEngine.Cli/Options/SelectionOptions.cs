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

    private readonly Option<bool> _untagged = OptionFactory.Flag("--untagged", "Take revisions that no tag names as well.");

    private readonly Option<string?> _images = OptionFactory.Value<string?>(
        "--images", "FILE", "Take only the images of this list: one repository, repository:tag or repository@digest a line, # for comments.", "all");

    public SelectionOptions(Command command)
    {
        command.Add(_include);
        command.Add(_exclude);
        command.Add(_includeTags);
        command.Add(_excludeTags);
        command.Add(_untagged);
        command.Add(_images);
    }

    public ImageSelection Selection(ParseResult parse) =>
        new(parse.GetValue(_include), parse.GetValue(_exclude), parse.GetValue(_includeTags), parse.GetValue(_excludeTags));

    /// <summary>The source, narrowed to the list of images if one is given.</summary>
    /// <exception cref="TransferException">The list can't be read or understood.</exception>
    public IImageSource Narrow(ParseResult parse, IImageSource source) =>
        parse.GetValue(_images) is { } file ? ListedImages.Open(source, file) : source;

    public bool Untagged(ParseResult parse) => parse.GetValue(_untagged);
}
