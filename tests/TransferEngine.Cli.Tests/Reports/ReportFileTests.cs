using System.Text.Json;
using NSubstitute;
using TransferEngine.Cli.Reports;
using TransferEngine.Images;
using Xunit;

namespace TransferEngine.Cli.Tests.Reports;

public sealed class ReportFileTests : IDisposable
{
    private static readonly Digest FakeDigest = Digest.OfSha256("x"u8);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-report");

    private string ReportPath => Path.Combine(_folder.FullName, "report.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_report_is_one_JSON_object_with_every_image()
    {
        var digest = Digest.OfSha256("x"u8);
        using (var report = Create())
        {
            report.Add(new ImageResult("team/app", "1.0", ImageOutcome.Migrated, digest, null));
            report.Add(new ImageResult("team/app", "bad", ImageOutcome.Failed, null, new TransferError(ErrorCode.BlobMissing, "It's \"gone\".")
            {
                Repository = RepositoryName.Parse("team/app"),
                Reference = Tag.Parse("bad"),
                Digest = digest,
                Path = "/data/x",
                Host = "localhost:5000",
                Hint = "Look for it.",
            }));
            Assert.Null(report.Finish(writer => ResultJson.Totals(writer, new MigrationTotals { Migrated = 1, Failed = 1 })));
        }

        var root = Read();
        Assert.Equal("migration", root.GetProperty("kind").GetString());
        Assert.Equal("registry-tree:/data", root.GetProperty("source").GetString());
        Assert.Equal(2, root.GetProperty("images").GetArrayLength());
        Assert.Equal("migrated", root.GetProperty("images")[0].GetProperty("outcome").GetString());
        Assert.Equal(digest.ToString(), root.GetProperty("images")[0].GetProperty("digest").GetString());
        var error = root.GetProperty("images")[1].GetProperty("error");
        Assert.Equal(
            ["BLOB_MISSING", "It's \"gone\".", "team/app", "bad", digest.ToString(), "/data/x", "localhost:5000", "Look for it."],
            error.EnumerateObject().Select(property => property.Value.GetString()));
        Assert.Equal(2, root.GetProperty("totals").GetProperty("images").GetInt64());
    }

    [Fact]
    public void A_report_is_written_while_results_arrive_and_gets_its_name_at_the_end()
    {
        using var report = Create();
        for (var i = 0; i < 5000; i++)
            report.Add(new ImageResult("team/app", $"tag-{i}", ImageOutcome.Migrated, Digest.OfSha256(BitConverter.GetBytes(i)), null));
        Assert.False(File.Exists(ReportPath));
        Assert.InRange(Assert.Single(_folder.GetFiles("report.json.*.tmp")).Length, 500_000, long.MaxValue);

        Assert.Null(report.Finish(_ => { }));
        Assert.Equal([ReportPath], Directory.GetFiles(_folder.FullName));
        Assert.Equal(5000, Read().GetProperty("images").GetArrayLength());
    }

    [Fact]
    public void A_report_that_is_not_finished_leaves_an_older_one_untouched_and_nothing_behind()
    {
        File.WriteAllText(ReportPath, "older");
        using (var report = Create())
            report.Add(new ImageResult("a", "b", ImageOutcome.Migrated, null, null));
        Assert.Equal("older", File.ReadAllText(ReportPath));
        Assert.Equal([ReportPath], Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public void A_report_into_a_folder_that_is_not_there_fails_before_the_work_begins()
    {
        var error = Assert.Throws<TransferException>(() => Create(Path.Combine(_folder.FullName, "missing", "report.json"))).Error;
        Assert.Equal(ErrorCode.ReportFailed, error.Code);
    }

    [Fact]
    public void A_report_in_place_of_a_folder_fails_before_the_work_begins()
    {
        Directory.CreateDirectory(ReportPath);
        Assert.Equal(ErrorCode.ReportFailed, Assert.Throws<TransferException>(() => Create()).Error.Code);
    }

    [Fact]
    public void A_report_can_be_read_by_its_owner_alone_from_its_first_byte_on()
    {
        using var report = Create();
        report.Add(new ImageResult("a", "b", ImageOutcome.Migrated, null, null));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Assert.Single(_folder.GetFiles()).UnixFileMode);
        Assert.Null(report.Finish(_ => { }));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(ReportPath).UnixFileMode);
    }

    [Theory]
    [InlineData("report.json")]
    [InlineData("report.json.tmp")]
    public void A_link_that_somebody_planted_is_never_followed(string link)
    {
        var victim = Path.Combine(_folder.FullName, "victim");
        File.WriteAllText(victim, "precious");
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, link), victim);
        using (var report = Create())
            Assert.Null(report.Finish(_ => { }));
        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.Null(new FileInfo(ReportPath).LinkTarget);
        Assert.Equal("migration", Read().GetProperty("kind").GetString());
    }

    [Fact]
    public void Two_runs_with_one_report_leave_a_whole_one()
    {
        using (var first = Create())
        using (var second = Create())
        {
            second.Add(new ImageResult("a", "b", ImageOutcome.Migrated, null, null));
            Assert.Null(first.Finish(_ => { }));
            Assert.Null(second.Finish(_ => { }));
        }
        Assert.Equal([ReportPath], Directory.GetFiles(_folder.FullName));
        Assert.Equal(1, Read().GetProperty("images").GetArrayLength());
    }

    [Fact]
    public void A_full_disk_is_told_at_the_end_and_the_device_stays_one()
    {
        using var report = Create("/dev/full");
        for (var i = 0; i < 5000; i++)
            report.Add(new ImageResult("team/app", $"tag-{i}", ImageOutcome.Migrated, FakeDigest, null));
        Assert.Equal(ErrorCode.ReportFailed, report.Finish(_ => { })?.Code);
        Assert.Throws<IOException>(() => File.WriteAllText("/dev/full", "x"));
    }

    [Fact]
    public void A_name_that_is_no_Unicode_does_not_cost_the_report()
    {
        using (var report = Create())
        {
            report.Add(new ImageResult("a\ud800", "b", ImageOutcome.Failed, null, new TransferError(ErrorCode.BlobMissing, "\udfff")));
            Assert.Null(report.Finish(_ => { }));
        }
        Assert.Equal(1, Read().GetProperty("images").GetArrayLength());
    }

    private ReportFile Create(string? path = null)
    {
        var source = Substitute.For<IImageSource>();
        source.Endpoint.Returns("registry-tree:/data");
        var target = Substitute.For<IImageTarget>();
        target.Endpoint.Returns("docker://localhost:5000");
        return ReportFile.Create(path ?? ReportPath, "migration", new MigrationJob(source, target), DateTimeOffset.UnixEpoch);
    }

    private JsonElement Read() => JsonDocument.Parse(File.ReadAllText(ReportPath)).RootElement;
}
