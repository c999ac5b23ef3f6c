using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit;

namespace TransferEngine.Registry.Tests.Auth;

/// <summary>A home folder with auth files and credential helpers of its own, and the environment that points there.</summary>
internal sealed class AuthFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AuthFolder()
    {
        Environment["HOME"] = Of("home");
        Environment["PATH"] = Of("bin");
        Directory.CreateDirectory(Of("bin"));
        Files = new AuthFiles(Environment.GetValueOrDefault, Time);
    }

    public Dictionary<string, string> Environment { get; } = [];

    public SteppedTime Time { get; } = new();

    public AuthFiles Files { get; }

    public static string Basic(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>An auth file with one user, who is named after where it is.</summary>
    public static string Entry(string key, string user) => $$"""{"auths":{"{{key}}":{"auth":"{{Basic(user, "s3cret")}}"} } }""";

    public string Of(params ReadOnlySpan<string> names) => _folder.Of(names);

    public string Write(string name, string content)
    {
        var path = Of(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>A <c>docker-credential-NAME</c> that is this shell script; it finds its input in <c>$input</c> and its verb in <c>$1</c>.</summary>
    public void WriteHelper(string name, string script)
    {
        var path = Write($"bin/docker-credential-{name}", $"#!/bin/sh\ninput=$(/bin/cat)\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task<string?> FindUserAsync(string host, string? repository = null, string? authFile = null) =>
        (await FindAsync(host, repository, authFile))?.Username;

    public async Task<RegistryCredential?> FindAsync(string host, string? repository = null, string? authFile = null) =>
        await Files.Search(authFile).FindAsync(host, repository is null ? null : RepositoryName.Parse(repository), CancellationToken.None);

    public async Task<TransferError> RefusedAsync(string host = "reg.example", string? authFile = null)
    {
        var error = (await Assert.ThrowsAsync<TransferException>(() => FindAsync(host, authFile: authFile))).Error;
        Assert.Equal((ErrorCode.CredentialsUnusable, ErrorScope.Endpoint), (error.Code, error.Scope));
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        return error;
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>A clock that stands still unless it is put forward.</summary>
internal sealed class SteppedTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
