using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;
using TransferEngine.Hosting;
using TransferEngine.Images;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer pack</c>: images into one file, for places without a network.</summary>
internal sealed class PackCommand
{
    private readonly Command _command = new("pack",
        "Writes the images of every SOURCE into the package FILE, a tar of a storage tree with an index. The same images give the same bytes.");

    private readonly CliHost _host;

    private readonly Argument<string[]> _paths = new("SOURCE... FILE")
    {
        Description = "Where the images are, as for migrate, one or more; and last the file to write.",
        Arity = new ArgumentArity(2, 10_000),
    };

    private readonly Option<string[]> _since = OptionFactory.Values(
        "--since", "PREVIOUS", "Leave out the blobs that this one has: an earlier package, or an endpoint like SOURCE (without the --src credentials). unpack then wants it to be there.", "nothing is left out");

    private readonly SelectionOptions _selection;
    private readonly MappingOptions _mapping;
    private readonly SourceOptions _access;
    private readonly Option<bool> _allowEmpty;
    private readonly Option<bool> _json;
    private readonly GeneralOptions _general;

    private PackCommand(CliHost host)
    {
        _host = host;
        _command.Add(_paths);
        _command.Add(_since);
        _selection = new SelectionOptions(_command);
        _mapping = new MappingOptions(_command, "the source's names");
        _access = new SourceOptions(_command, new RegistryAccessOptions(_command));
        _allowEmpty = AllowEmptyOption.AddTo(_command);
        _json = JsonOption.AddTo(_command, "Write the result as one JSON object.");
        _general = new GeneralOptions(_command, host);
    }

    public static Command Create(CliHost host)
    {
        var pack = new PackCommand(host);
        pack._command.SetAction(pack.RunAsync);
        return pack._command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var paths = parse.GetRequiredValue(_paths);
        var previous = parse.GetValue(_since) ?? [];
        if (previous.Any(one => one.Length > 0 && Path.GetFullPath(one) == Path.GetFullPath(paths[^1])))
            throw new UsageException("FILE and --since are the same file: the base would be lost.");
        var settings = EndpointSettings.Of(_access.Definition(parse, ""), _access.Secrets(parse, _host.Console));
        await using var services = _general.BuildServices(parse);
        var endpoints = services.GetRequiredService<IEndpoints>();
        var sources = new List<IImageSource>();
        try
        {
            foreach (var address in paths[..^1])
                sources.Add(endpoints.OpenSource(address, settings));
            var baselines = new List<PackageBaseline>();
            foreach (var one in previous)
                baselines.Add(await BaselineAsync(endpoints, one, settings, cancellationToken));
            return await PackAsync(parse, Job(parse, sources, paths[^1]) with { Baselines = baselines }, cancellationToken);
        }
        finally
        {
            foreach (var source in sources)
                await source.DisposeAsync();
        }
    }

    private PackJob Job(ParseResult parse, IEnumerable<IImageSource> sources, string path) => new([.. sources.Select(source => _selection.Narrow(parse, source))], path)
    {
        Selection = _selection.Selection(parse),
        // Those of the configuration are for the target: unpack applies them.
        Mapping = _mapping.Mapping(parse, new EngineOptions()),
        Untagged = _selection.Untagged(parse),
        Referrers = _selection.Referrers(parse),
    };

    /// <summary>Credentials that were given for the source are nobody else's business.</summary>
    private static async Task<PackageBaseline> BaselineAsync(IEndpoints endpoints, string previous, EndpointSettings settings, CancellationToken cancellationToken)
    {
        if (File.Exists(previous))
            return PackageBaseline.Of(Package.Open(previous));
        await using var endpoint = endpoints.OpenSource(previous, settings with { Credentials = null, RegistryToken = null });
        return await PackageBaseline.OfAsync(endpoint, cancellationToken);
    }

    private async Task<int> PackAsync(ParseResult parse, PackJob job, CancellationToken cancellationToken)
    {
        var problems = new List<ImageResult>();
        var index = await job.RunAsync(problems.Add, cancellationToken);
        foreach (var problem in problems)
            _host.Console.Error.WriteLine(ResultText.Of(problem));
        if (index is null)
            return await NothingAsync(parse, job, problems.Count, cancellationToken);
        var bytes = new FileInfo(job.Path).Length;
        if (parse.GetValue(_json))
            JsonLine.Write(_host.Console.Out, writer => PackJson.Write(writer, job.Path, bytes, index, problems));
        else
            foreach (var line in PackText.Of(job.Path, bytes, index, problems.Count))
                _host.Console.Out.WriteLine(line);
        return problems.Count == 0 ? ExitCode.Complete : ExitCode.ImagesFailed;
    }

    // unpack would refuse a package without images: better none than one that is found out far away.
    private async Task<int> NothingAsync(ParseResult parse, PackJob job, int problems, CancellationToken cancellationToken)
    {
        if (problems > 0)
        {
            _host.Console.Error.WriteLine($"transfer: None of the images could be packed; {Printable.Whole(job.Path)} was not written.");
            return ExitCode.ImagesFailed;
        }
        var misses = new List<SelectionMiss>();
        foreach (var source in job.Sources)
            misses.Add(await SelectionText.FindAsync(source, cancellationToken));
        var miss = new SelectionMiss(misses.Sum(one => one.Images), misses.TrueForAll(one => one.IsWhole), [.. misses.SelectMany(one => one.Examples)])
        {
            Untagged = misses.Sum(one => one.Untagged),
        };
        return SelectionText.Tell(_host.Console, miss, parse.GetValue(_allowEmpty), parse.GetValue(_json));
    }
}
