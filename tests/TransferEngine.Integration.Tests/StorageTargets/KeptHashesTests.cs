using TransferEngine.Images;
using TransferEngine.Integration.Tests.Support;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Trees;
using Xunit;

namespace TransferEngine.Integration.Tests.StorageTargets;

/// <summary>Blobs that are linked are hashed before, once for all runs while nobody writes to them.</summary>
public sealed class KeptHashesTests : IDisposable
{
    private static readonly DateTime Written = new(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();
    private readonly StorageTreeBuilder _tree;
    private readonly string _blob;

    public KeptHashesTests()
    {
        _tree = new StorageTreeBuilder(_folder.Of("source"));
        _tree.AddImage("team/app", "v1", "a layer");
        foreach (var file in Directory.EnumerateFiles(_tree.Root, "data", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, Written);
        _blob = _tree.BlobPath(Digest.OfSha256("a layer"u8));
    }

    [Fact]
    public async Task A_file_is_hashed_again_only_when_it_was_written_to()
    {
        (await MigrateAsync("first")).AssertExit(0);
        // What rots keeps its times: the one change that is not looked for again, which shows that nothing is hashed twice.
        await File.WriteAllTextAsync(_blob, "A layer");
        File.SetLastWriteTimeUtc(_blob, Written);
        (await MigrateAsync("second")).AssertExit(0);
        File.SetLastWriteTimeUtc(_blob, Written.AddSeconds(1));
        var third = await MigrateAsync("third");
        third.AssertExit(1);
        Assert.Contains(ErrorCode.BlobDigestMismatch, third.Errors, StringComparison.Ordinal);
        Assert.Contains(_blob, third.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_costs_the_hashing_and_nothing_else()
    {
        (await MigrateAsync("first")).AssertExit(0);
        await File.WriteAllTextAsync(_folder.Of("state", "hashes.db"), "no database any more");
        (await MigrateAsync("second")).AssertExit(0);
        await File.WriteAllTextAsync(_blob, "A layer");
        File.SetLastWriteTimeUtc(_blob, Written.AddSeconds(1));
        (await MigrateAsync("third")).AssertExit(1);
    }

    public void Dispose() => _folder.Dispose();

    private Task<ProgramResult> MigrateAsync(string target) =>
        TransferProgram.RunAsync("migrate", _tree.Root, $"registry-tree:{_folder.Of(target)}", "--state-dir", _folder.Of("state"));
}
