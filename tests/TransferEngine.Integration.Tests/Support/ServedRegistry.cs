namespace TransferEngine.Integration.Tests.Support;

/// <summary><c>transfer serve</c> as a process, on a port of its own.</summary>
internal sealed class ServedRegistry : IAsyncDisposable
{
    private readonly TransferProgram _program;

    private ServedRegistry(TransferProgram program, Uri address) => (_program, Address) = (program, address);

    public Uri Address { get; }

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Host => Address.Authority;

    public long ResidentBytes() => _program.ResidentBytes();

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="tree">Folder or tar.</param>
    /// <param name="options">Further options; <c>--listen</c> is given.</param>
    public static async Task<ServedRegistry> StartAsync(string tree, params string[] options)
    {
        var listens = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var program = TransferProgram.Start(["serve", tree, "--listen", "127.0.0.1:0", .. options], line =>
        {
            if (line.StartsWith("Serving ", StringComparison.Ordinal))
                listens.TrySetResult(new Uri(line[(line.LastIndexOf(' ') + 1)..]));
        });
        var ended = program.EndAsync();
        if (await Task.WhenAny(listens.Task, ended) == ended)
            throw new InvalidOperationException($"transfer serve did not start: {await ended}");
        return new ServedRegistry(program, await listens.Task);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _program.Kill();
        await _program.EndAsync();
    }

    /// <summary>Ctrl-C.</summary>
    public async Task<ProgramResult> InterruptAsync()
    {
        await _program.SignalAsync("INT");
        return await _program.EndAsync();
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
