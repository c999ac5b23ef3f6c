using System.Globalization;
using System.Text;
using TransferEngine.TestKit.Databases;

namespace TransferEngine.Persistence.Tests.Hashes;

/// <summary>What is known of files from run to run.</summary>
public sealed class SqliteHashedFilesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset LongAgo = Now.AddDays(-400);

    private readonly TempFolder _folder = new();

    private string Database => _folder.StateFile(SqliteHashedFiles.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_process_has_hashed_the_next_one_knows()
    {
        using (var child = ChildProcess.Start("keep", _folder.Options.StateDirectory, "0", "100"))
            Assert.Equal("kept", await child.ReadLineAsync());
        using var files = Open();
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(DigestOf(i), files.Find(File(i), "sha256")));
        Assert.Null(files.Find(File(100), "sha256"));
    }

    [Fact]
    public void A_file_is_the_same_by_device_inode_length_and_time_of_its_content()
    {
        using var files = Open();
        files.Add(File(1), DigestOf(1));
        var stamp = File(1).Stamp!.Value;
        Assert.Equal(DigestOf(1), files.Find(File(1), "sha256"));
        // A hard link changes the inode, and has another path.
        Assert.Equal(DigestOf(1), files.Find(File(1) with { Path = "/linked", Stamp = stamp with { ChangedAt = stamp.ChangedAt + 1 } }, "sha256"));
        Assert.Null(files.Find(File(1) with { Length = 8 }, "sha256"));
        Assert.Null(files.Find(File(1) with { Stamp = stamp with { ModifiedAt = stamp.ModifiedAt + 1 } }, "sha256"));
        Assert.Null(files.Find(File(1) with { Stamp = stamp with { Inode = 77 } }, "sha256"));
        Assert.Null(files.Find(File(1) with { Stamp = stamp with { Device = 77 } }, "sha256"));
        Assert.Null(files.Find(File(1), "sha512"));
        Assert.Null(files.Find(File(1) with { Stamp = null }, "sha256"));
    }

    [Fact]
    public void Of_a_file_that_was_changed_only_what_it_holds_now_is_known()
    {
        var changed = File(1) with { Stamp = File(1).Stamp!.Value with { ModifiedAt = 17 } };
        using (var files = Open())
            files.Add(File(1), DigestOf(1));
        using (var files = Open())
        {
            Assert.Null(files.Find(changed, "sha256"));
            files.Add(changed, DigestOf(2));
        }
        using var later = Open();
        Assert.Equal(DigestOf(2), later.Find(changed, "sha256"));
        Assert.Null(later.Find(File(1), "sha256"));
    }

    [Theory]
    [InlineData(-1, 123, false)]
    [InlineData(-40, 123, false)]
    [InlineData(-60, 123, true)]
    [InlineData(-1_000, 0, false)]
    [InlineData(-3_000, 0, true)]
    [InlineData(86_400_000, 123, true)]
    public void A_file_that_may_yet_change_within_one_tick_of_its_clock_is_not_kept(long milliseconds, long nanoseconds, bool isKept)
    {
        var file = File(1) with { Stamp = File(1).Stamp!.Value with { ModifiedAt = ((Now.ToUnixTimeMilliseconds() + milliseconds) * 1_000_000) + nanoseconds } };
        using var files = Open();
        files.Add(file, DigestOf(1));
        Assert.Equal(isKept ? DigestOf(1) : null, files.Find(file, "sha256"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no database")]
    [InlineData("SQLite format 3\0 and then nothing that makes sense")]
    public async Task A_file_that_is_no_database_is_begun_anew(string content)
    {
        Directory.CreateDirectory(_folder.Options.StateDirectory);
        await System.IO.File.WriteAllTextAsync(Database, content.PadRight(content.Length == 0 ? 0 : 5_000, 'x'));
        using (var files = Open())
        {
            Assert.Null(files.Find(File(1), "sha256"));
            files.Add(File(1), DigestOf(1));
        }
        using var later = Open();
        Assert.Equal(DigestOf(1), later.Find(File(1), "sha256"));
    }

    [Fact]
    public void A_table_of_another_form_is_begun_anew()
    {
        Directory.CreateDirectory(_folder.Options.StateDirectory);
        SqliteQuery.Run(Database, "CREATE TABLE hashes (inode INTEGER PRIMARY KEY, md5 TEXT)");
        using (var files = Open())
            files.Add(File(1), DigestOf(1));
        using var later = Open();
        Assert.Equal(DigestOf(1), later.Find(File(1), "sha256"));
    }

    /// <summary>Wherever bits fall out of it: what is said is right, or nothing is.</summary>
    [Fact]
    public async Task A_damaged_database_says_nothing_wrong_and_is_usable_again()
    {
        const int Files = 500;
        using (var files = Open())
            Keep(files, 0, Files);
        var sound = await System.IO.File.ReadAllBytesAsync(Database);
        var random = new Random(1);
        var known = 0;
        for (var round = 0; round < 60; round++)
        {
            var bytes = sound.ToArray();
            for (var i = 0; i < 1 + (round % 20); i++)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await System.IO.File.WriteAllBytesAsync(Database, round % 10 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            using (var files = Open())
                for (var i = 0; i < Files; i++)
                {
                    var found = files.Find(File(i), "sha256");
                    Assert.Contains(found, new[] { DigestOf(i), (Digest?)null });
                    known += found is null ? 0 : 1;
                }
            using (var files = Open())
                Keep(files, Files, 1);
        }
        // Not all of it was given up each time.
        Assert.InRange(known, Files, 60 * Files);
    }

    [Fact]
    public async Task Processes_that_keep_at_once_keep_all()
    {
        var children = Enumerable.Range(0, 4).Select(i =>
            ChildProcess.Start("keep", _folder.Options.StateDirectory, (1_000 * i).ToString(CultureInfo.InvariantCulture), "1000")).ToList();
        foreach (var child in children)
            Assert.Equal("kept", await child.ReadLineAsync());
        children.ForEach(child => child.Dispose());
        using var files = Open();
        Assert.All(Enumerable.Range(0, 4_000), i => Assert.Equal(DigestOf(i), files.Find(File(i), "sha256")));
    }

    [Fact]
    public void Threads_may_ask_and_keep_at_once()
    {
        using (var files = Open())
            Parallel.For(0, 10_000, i =>
            {
                Assert.Null(files.Find(File(i), "sha256"));
                files.Add(File(i), DigestOf(i));
                Assert.Equal(DigestOf(i), files.Find(File(i), "sha256"));
            });
        Assert.Equal("10000", SqliteQuery.Run(Database, "SELECT COUNT(*) FROM hashes"));
    }

    [Fact]
    public void What_nobody_asked_for_in_three_months_is_given_up_and_what_was_asked_for_stays()
    {
        using (var files = Open())
            Keep(files, 0, 2);
        using (var files = Open(Now.AddDays(60)))
            Assert.Equal(DigestOf(1), files.Find(File(1), "sha256"));
        using (var files = Open(Now.AddDays(120)))
            Keep(files, 2, 1);
        using var later = Open(Now.AddDays(120));
        Assert.Null(later.Find(File(0), "sha256"));
        Assert.Equal(DigestOf(1), later.Find(File(1), "sha256"));
        Assert.Equal("2", SqliteQuery.Run(Database, "SELECT COUNT(*) FROM hashes"));
    }

    [Fact]
    public void Of_more_than_a_million_files_those_go_that_were_not_asked_for_longest()
    {
        using (var files = Open())
            Keep(files, 0, 1);
        var today = Now.ToUnixTimeSeconds() / 86_400;
        SqliteQuery.Run(Database, $"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000100)
            INSERT INTO hashes SELECT 9, i, 'sha256', 1, 1, x'00', {today} - (i % 2), 1 FROM n
            """);
        using (var files = Open())
            Keep(files, 1, 1);
        Assert.Equal("1000000", SqliteQuery.Run(Database, "SELECT COUNT(*) FROM hashes"));
        using var later = Open();
        Assert.Equal(DigestOf(0), later.Find(File(0), "sha256"));
        Assert.Equal(DigestOf(1), later.Find(File(1), "sha256"));
    }

    [Fact]
    public void Where_no_database_can_be_nothing_is_known_and_nothing_fails()
    {
        System.IO.File.WriteAllText(_folder.File("state"), "a file where the folder should be");
        using var files = Open();
        files.Add(File(1), DigestOf(1));
        Assert.Null(files.Find(File(2), "sha256"));
    }

    [Fact]
    public async Task It_is_its_owners_alone_and_no_job()
    {
        using (var files = Open())
            Keep(files, 0, 1);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(Database));
        Assert.Empty(await new SqlJobStore(_folder.Options, TimeProvider.System).ListAsync(default));
    }

    /// <summary>In a process of its own.</summary>
    internal static void Keep(string folder, int from, int count)
    {
        using (var files = new SqliteHashedFiles(new JobStoreOptions { StateDirectory = folder }, TimeProvider.System))
            Keep(files, from, count);
        Console.Out.WriteLine("kept");
    }

    private static void Keep(SqliteHashedFiles files, int from, int count)
    {
        for (var i = from; i < from + count; i++)
            files.Add(File(i), DigestOf(i));
    }

    private SqliteHashedFiles Open(DateTimeOffset? now = null) => new(_folder.Options, new Clock(now ?? Now));

    private static BlobFile File(int number) =>
        new($"/blobs/{number}", 7, new FileStamp(3, ulong.MaxValue - (ulong)number, (LongAgo.ToUnixTimeSeconds() * 1_000_000_000) + number, 5));

    private static Digest DigestOf(int number) => Digest.OfSha256(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
