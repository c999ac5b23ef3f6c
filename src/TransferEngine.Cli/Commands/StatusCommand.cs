using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TransferEngine.Cli.Options;
using TransferEngine.Cli.Reports;
using TransferEngine.Cli.Wording;
using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary><c>transfer status</c>: what the journals tell, and who runs which job.</summary>
internal static class StatusCommand
{
    public static Command Create(CliHost host)
    {
        var command = new Command("status", "Shows the jobs whose state is kept on this machine: all, one a line, or one in full.");
        var job = new Argument<string?>("JOB") { Description = "A job's name. Default: all jobs.", Arity = ArgumentArity.ZeroOrOne };
        command.Add(job);
        var remove = OptionFactory.Flag("--remove", "Forget the job, if nobody runs it: a later run of it begins anew.");
        command.Add(remove);
        var json = JsonOption.AddTo(command, "Write one JSON object per job and line.");
        var general = new GeneralOptions(command, host);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var services = general.BuildServices(parse);
            var jobs = services.GetRequiredService<IJobStore>();
            var isAll = parse.GetValue(job) is null;
            if (parse.GetValue(remove))
                return await RemoveAsync(host.Console, jobs, parse.GetValue(job), cancellationToken);
            var names = parse.GetValue(job) is { } name ? [name] : await jobs.ListAsync(cancellationToken);
            return parse.GetValue(json)
                ? await WriteAsync(host.Console, jobs, names, isAll, WriteJson, cancellationToken)
                : await WriteAsync(host.Console, jobs, names, isAll, isAll ? WriteLine : WriteInFull, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RemoveAsync(CliConsole console, IJobStore jobs, string? job, CancellationToken cancellationToken)
    {
        if (job is null)
            throw new UsageException("--remove needs the name of a job.");
        await jobs.RemoveAsync(job, cancellationToken);
        console.Out.WriteLine($"The job {Printable.Of(job)} is forgotten.");
        return ExitCode.Complete;
    }

    private static async Task<int> WriteAsync(
        CliConsole console, IJobStore jobs, IReadOnlyList<string> names, bool isAll, Action<TextWriter, JobStatus> write, CancellationToken cancellationToken)
    {
        var exitCode = ExitCode.Complete;
        foreach (var name in names)
        {
            try
            {
                write(console.Out, await jobs.ReadAsync(name, cancellationToken));
            }
            catch (TransferException e) when (isAll)
            {
                // One damaged journal must not hide the other jobs.
                console.Error.WriteLine($"{Printable.Of(name)}  {e.Error}");
                exitCode = ExitCode.Of(e.Error);
            }
        }
        return exitCode;
    }

    private static void WriteLine(TextWriter output, JobStatus status) => output.WriteLine(
        $"{Printable.Of(status.Job)}  {State(status),-10}  {Count.Of(status.RepositoriesCompleted)} of {Count.Of(status.RepositoriesOpened, "repository", "repositories")}, "
        + $"{Count.Of(status.TagsSet, "tag")}, {ByteText.Of(status.BytesUploaded)} uploaded  {Printable.Whole(status.Source)} -> {Printable.Whole(status.Target)}");

    private static void WriteInFull(TextWriter output, JobStatus status)
    {
        output.WriteLine($"job           {Printable.Of(status.Job)}, {State(status)}");
        if (status.RunningAt is { } runner)
            output.WriteLine($"running       by process {runner.Process} of {Printable.Of(runner.Host)}, since {runner.Since:u}");
        output.WriteLine($"source        {Printable.Whole(status.Source)}");
        output.WriteLine($"target        {Printable.Whole(status.Target)}");
        output.WriteLine($"started       {status.StartedAt:u}");
        output.WriteLine($"last event    {status.LastEventAt:u}");
        output.WriteLine($"repositories  {Count.Of(status.RepositoriesCompleted)} completed of {Count.Of(status.RepositoriesOpened)} opened");
        output.WriteLine($"pushed        {Count.Of(status.TagsSet, "tag")}, {Count.Of(status.ManifestsPushed, "manifest")}");
        output.WriteLine($"uploaded      {Count.Of(status.BlobsUploaded, "blob")}, {ByteText.Of(status.BytesUploaded)}");
        output.WriteLine($"failed        {Count.Of(status.ImagesFailed, "image")}");
    }

    private static void WriteJson(TextWriter output, JobStatus status) => JsonLine.Write(output, writer =>
    {
        writer.WriteString("job", status.Job);
        writer.WriteString("source", status.Source);
        writer.WriteString("target", status.Target);
        WriteTime(writer, "startedAt", status.StartedAt);
        WriteTime(writer, "lastEventAt", status.LastEventAt);
        writer.WriteBoolean("isFinished", status.IsFinished);
        if (status.RunningAt is { } runner)
        {
            writer.WriteStartObject("running");
            writer.WriteString("host", runner.Host);
            writer.WriteNumber("process", runner.Process);
            writer.WriteString("since", runner.Since);
            writer.WriteEndObject();
        }
        writer.WriteNumber("repositoriesOpened", status.RepositoriesOpened);
        writer.WriteNumber("repositoriesCompleted", status.RepositoriesCompleted);
        writer.WriteNumber("tagsSet", status.TagsSet);
        writer.WriteNumber("manifestsPushed", status.ManifestsPushed);
        writer.WriteNumber("blobsUploaded", status.BlobsUploaded);
        writer.WriteNumber("bytesUploaded", status.BytesUploaded);
        writer.WriteNumber("imagesFailed", status.ImagesFailed);
    });

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTimeOffset? time)
    {
        if (time is { } given)
            writer.WriteString(name, given);
    }

    private static string State(JobStatus status) => status.RunningAt is not null ? "running" : status.IsFinished ? "finished" : "unfinished";
}
