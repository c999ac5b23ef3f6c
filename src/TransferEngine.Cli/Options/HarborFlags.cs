using System.CommandLine;
using TransferEngine.Images;

namespace TransferEngine.Cli.Options;

/// <summary>What is particular to Harbor as a target.</summary>
internal sealed class HarborFlags
{
    private readonly Option<bool?> _create = OptionFactory.Value<bool?>(
        "--harbor-create-projects", "BOOL", "false: create no projects in Harbor, but say which are missing.", "true");

    private readonly Option<HarborVisibility?> _visibility = OptionFactory.Value<HarborVisibility?>(
        "--harbor-visibility", "WHO", "Who may pull from projects that are created in Harbor: private (their members) or public.", "private");

    private readonly Option<long?> _limit = OptionFactory.Value<long?>(
        "--harbor-storage-limit", "BYTES", "Storage limit of projects that are created in Harbor; -1 for none.", "what Harbor gives");

    private readonly Option<string?> _project = OptionFactory.Value<string?>(
        "--harbor-default-project", "NAME", "Harbor's project for repositories that have no folder, such as alpine.", "library");

    public HarborFlags(Command command)
    {
        command.Add(_create);
        command.Add(_visibility);
        command.Add(_limit);
        command.Add(_project);
    }

    /// <summary>Null if none of them is given.</summary>
    /// <exception cref="UsageException">A limit below -1.</exception>
    public HarborSettings? Settings(ParseResult parse)
    {
        if (parse.GetValue(_limit) < -1)
            throw new UsageException("--harbor-storage-limit can't be less than -1.");
        var settings = new HarborSettings
        {
            CreateProjects = parse.GetValue(_create),
            Visibility = parse.GetValue(_visibility),
            StorageLimit = parse.GetValue(_limit),
            DefaultProject = parse.GetValue(_project),
        };
        return settings == new HarborSettings() ? null : settings;
    }
}
