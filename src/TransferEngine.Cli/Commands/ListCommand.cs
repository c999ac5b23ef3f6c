using System.CommandLine;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;
using TransferEngine.Hosting;
using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer list</c>: the images of a source, one a line.</summary>
internal static class ListCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("list", "Lists the images of SOURCE: repository:tag, or repository@digest for untagged ones, one a line.");
        var source = EndpointArguments.Source();
        command.Add(source);
        var selection = new SelectionOptions(command);
        var access = new SourceOptions(command, new RegistryAccessOptions(command));
        var allowEmpty = AllowEmptyOption.AddTo(command);
        var json = JsonOption.AddTo(command, "Write one JSON object per line.");
        var general = new GeneralOptions(command, host);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var settings = EndpointSettings.Of(access.Definition(parse, ""), access.Secrets(parse, host.Console));
            await using var services = general.BuildServices(parse);
            await using var images = services.GetRequiredService<IEndpoints>().OpenSource(parse.GetRequiredValue(source), settings);
            var listing = new Listing(host.Console, selection.Narrow(parse, images), selection.Selection(parse), parse.GetValue(json))
            {
                Untagged = selection.Untagged(parse),
                Referrers = selection.Referrers(parse),
                AllowEmpty = parse.GetValue(allowEmpty),
            };
            return await listing.WriteAsync(cancellationToken);
        });
        return command;
    }

    private sealed class Listing(CliConsole console, IImageSource source, ImageSelection selection, bool json)
    {
        private int _exitCode = ExitCode.Complete;
        private long _listed;

        public bool Untagged { get; init; }

        public bool Referrers { get; init; }

        public bool AllowEmpty { get; init; }

        public async Task<int> WriteAsync(CancellationToken cancellationToken)
        {
            await foreach (var found in source.ListRepositoriesAsync(cancellationToken))
            {
                if (found.Repository is not { } repository)
                    Complain(found.Name, "*", null, found.Error);
                else if (selection.Wants(repository))
                    await WriteRepositoryAsync(found, repository, cancellationToken);
            }
            foreach (var note in source.Notes)
                console.Error.WriteLine(note);
            if (source.Damage is { } damage)
            {
                console.Error.WriteLine(damage);
                _exitCode = ExitCode.ImagesFailed;
            }
            return _exitCode == ExitCode.Complete && _listed == 0
                ? SelectionText.Tell(console, await SelectionText.FindAsync(source, cancellationToken), AllowEmpty, json)
                : _exitCode;
        }

        private async Task WriteRepositoryAsync(SourceRepository found, RepositoryName repository, CancellationToken cancellationToken)
        {
            if (found.Error is not null)
            {
                Complain(found.Name, "*", null, found.Error);
                return;
            }
            try
            {
                await foreach (var image in Select(repository, ListAsync(repository, cancellationToken), cancellationToken))
                {
                    if (image.Error is null)
                        Write(repository, image);
                }
            }
            catch (TransferException e) when (e.Error.Scope != ErrorScope.Endpoint)
            {
                Complain(found.Name, "*", null, e.Error);
            }
        }

        private IAsyncEnumerable<SourceImage> Select(RepositoryName repository, IAsyncEnumerable<SourceImage> images, CancellationToken cancellationToken) => Referrers
            ? selection.FilterWithCompanionsAsync(source, repository, images, cancellationToken)
            : selection.FilterAsync(images, cancellationToken);

        // What is damaged is always told, and still has its place among the newest.
        private async IAsyncEnumerable<SourceImage> ListAsync(RepositoryName repository, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var image in source.ListImagesAsync(repository, Untagged, cancellationToken))
            {
                if (image.Error is not null)
                    Complain(repository.ToString(), image.Name, image.Digest, image.Error);
                yield return image;
            }
        }

        private void Write(RepositoryName repository, SourceImage image)
        {
            _listed++;
            if (!json)
            {
                console.Out.WriteLine(image.Tag is { } tag ? $"{repository}:{tag}" : $"{repository}@{image.Digest}");
                return;
            }
            JsonLine.Write(console.Out, writer =>
            {
                writer.WriteString("repository", repository.ToString());
                ResultJson.WriteIfGiven(writer, "tag", image.Tag?.ToString());
                writer.WriteString("digest", image.Digest.ToString());
            });
        }

        private void Complain(string repository, string name, Digest? digest, TransferError? error)
        {
            _exitCode = ExitCode.ImagesFailed;
            var result = new ImageResult(repository, name, ImageOutcome.Failed, digest, error);
            console.Error.WriteLine($"{Printable.Whole(result.Display)}  {error}");
            if (json)
                JsonLine.Write(console.Out, writer => ResultJson.Image(writer, result));
        }
    }
}
