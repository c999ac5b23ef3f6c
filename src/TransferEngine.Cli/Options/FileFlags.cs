using System.CommandLine;
using TransferEngine.Images;

namespace TransferEngine.Cli.Options;

/// <summary>What is particular to targets that keep files on this machine.</summary>
internal sealed class FileFlags
{
    private readonly Option<LinkMode?> _link = OptionFactory.Value<LinkMode?>(
        "--link", "HOW", "How blobs that are files get into a folder: hard, reflink, copy, or auto for the first of these that goes.", "auto");

    private readonly Option<string?> _owner = OptionFactory.Value<string?>(
        "--chown", "UID:GID", "User and group of all that is written into a folder, or of an archive's members; 10000:10000 for Harbor. What is linked is one file with the source's, and never changed.", "the user's own");

    private readonly Option<bool> _harbor1 = OptionFactory.Flag(
        "--harbor-1", "The storage tree that is written belongs to a Harbor 1.x. Harbor 2.x must be pushed to, with harbor://HOST.");

    public FileFlags(Command command)
    {
        command.Add(_link);
        command.Add(_owner);
        command.Add(_harbor1);
    }

    /// <summary>Null if none of them is given.</summary>
    /// <exception cref="UsageException">An owner that is not two numbers.</exception>
    public FileSettings? Settings(ParseResult parse)
    {
        var settings = new FileSettings { Link = parse.GetValue(_link), Owner = Owner(parse), IsHarbor1 = parse.GetValue(_harbor1) };
        return settings == new FileSettings() ? null : settings;
    }

    private FileOwner? Owner(ParseResult parse) => parse.GetValue(_owner) is not { } text ? null
        : FileOwner.TryParse(text, out var owner) ? owner
        : throw new UsageException("--chown is written as UID:GID, both as numbers, for example 10000:10000.");
}
