using System.CommandLine;
using TransferEngine.Cli.Options;
using TransferEngine.Hosting;
using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer import</c>: a job file made of a file for another tool.</summary>
internal static class ImportCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("import",
            "Writes a job file for migrate --file to standard output, made of image-syncer's images.yaml, skopeo's sync YAML or a regsync.yml. What can't be carried over is said on standard error.");
        var file = new Argument<string>("FILE") { Description = "The file to import." };
        var format = OptionFactory.Value<string?>("--from", "FORMAT", "What FILE is: image-syncer, skopeo or regsync.", "told from its keys");
        var auth = OptionFactory.Value<string?>("--auth", "FILE", "image-syncer's auth.yaml. Its credentials are not copied, only said to be needed.", "none");
        var target = OptionFactory.Value<string?>("--target", "TARGET", "Where the images shall be, for skopeo's file, which does not say it.", "none");
        format.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var name }] && !TryParse(name, out _))
                result.AddError("Write image-syncer, skopeo or regsync.");
        });
        command.Add(file);
        command.Add(format);
        command.Add(auth);
        command.Add(target);
        command.SetAction(parse =>
        {
            _ = TryParse(parse.GetValue(format), out var given);
            return Run(host.Console, JobFileImport.Import(parse.GetRequiredValue(file), given, parse.GetValue(auth), parse.GetValue(target)));
        });
        return command;
    }

    private static int Run(CliConsole console, ImportedJobs imported)
    {
        foreach (var note in imported.Notes)
            console.Error.WriteLine(Printable.Whole(note.ToString()));
        if (imported.File.Jobs.Count > 0)
            imported.File.WriteYaml(console.Out);
        return imported.IsComplete ? ExitCode.Complete : ExitCode.ImagesFailed;
    }

    private static bool TryParse(string? name, out ImportFormat format)
    {
        format = name switch
        {
            "image-syncer" => ImportFormat.ImageSyncer,
            "skopeo" => ImportFormat.Skopeo,
            "regsync" => ImportFormat.Regsync,
            _ => ImportFormat.Auto,
        };
        return format != ImportFormat.Auto;
    }
}
