using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;
using TransferEngine.TestKit.Docker;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>Archives that are damaged, or made to harm: typed errors, and nothing outside of the file is touched.</summary>
public sealed class HostileArchivesTests : ArchiveTest
{
    private static readonly SavedSample Sample = SavedSample.Of("base");

    private static byte[] SoundArchive
    {
        get
        {
            var stream = new MemoryStream();
            using (var archive = new SavedArchive(stream, leaveOpen: true))
            {
                archive.AddLink("link/layer.tar", "../" + Sample.Layers[0].DiffId.Hex + ".tar");
                archive.Add(Sample, "app:v1");
                archive.Name($"{Sample.Id.Hex}.json", ["app:v2"], "link/layer.tar");
            }
            return stream.ToArray();
        }
    }

    [Fact]
    public async Task A_layer_that_is_not_what_its_diff_id_says_is_refused()
    {
        var error = await ErrorOfImageAsync(archive =>
        {
            archive.AddFile($"{Sample.Id.Hex}.json", Sample.Config);
            archive.AddFile("layer.tar", SavedLayer.Of("another").Content);
            archive.Name($"{Sample.Id.Hex}.json", ["app:v1"], "layer.tar");
        });
        Assert.Equal(ErrorCode.BlobDigestMismatch, error.Code);
        Assert.Equal($"{Path}:layer.tar", error.Path);
    }

    [Fact]
    public async Task A_config_that_is_not_what_its_name_says_is_refused()
    {
        var error = await ErrorOfImageAsync(archive =>
        {
            archive.AddFile($"{new string('0', 64)}.json", Sample.Config);
            archive.AddFile("layer.tar", Sample.Layers[0].Content);
            archive.Name($"{new string('0', 64)}.json", ["app:v1"], "layer.tar");
        });
        Assert.Equal(ErrorCode.BlobDigestMismatch, error.Code);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"rootfs":{"diff_ids":["../../etc/passwd"]}}""")]
    [InlineData("""{"rootfs":{"diff_ids":[]}}""")]
    public async Task A_config_that_is_none_is_refused(string config)
    {
        var error = await ErrorOfImageAsync(archive =>
        {
            archive.AddFile("config", Encoding.UTF8.GetBytes(config));
            archive.AddFile("layer.tar", Sample.Layers[0].Content);
            archive.Name("config", ["app:v1"], "layer.tar");
        });
        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
    }

    [Theory]
    [InlineData("../layer.tar", ErrorCode.SourceOutsideRoot)]
    [InlineData("/../../etc/passwd", ErrorCode.SourceOutsideRoot)]
    [InlineData("", ErrorCode.SourceOutsideRoot)]
    [InlineData("nowhere/layer.tar", ErrorCode.BlobMissing)]
    public async Task Names_lead_to_members_only(string name, string code)
    {
        Assert.Equal(code, (await ErrorOfImageAsync(archive =>
        {
            archive.AddFile("config", Sample.Config);
            archive.Name("config", ["app:v1"], name);
        })).Code);
    }

    [Theory]
    [InlineData("/etc/passwd", ErrorCode.BlobMissing)]
    [InlineData("../../../etc/passwd", ErrorCode.SourceOutsideRoot)]
    [InlineData("layer.tar", ErrorCode.SourceUnreadable)]
    public async Task Links_lead_to_members_only(string target, string code)
    {
        Assert.Equal(code, (await ErrorOfImageAsync(archive =>
        {
            archive.AddFile("config", Sample.Config);
            archive.AddLink("a/layer.tar", target);
            archive.Name("config", ["app:v1"], "a/layer.tar");
        })).Code);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""[{"Config":7}]""")]
    [InlineData("""[{"Config":"a","RepoTags":"app:v1"}]""")]
    [InlineData("""[{"Config":"a","Layers":[1]}]""")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]")]
    public void A_manifest_that_docker_would_not_write_is_refused(string manifest) =>
        Assert.Equal(ErrorCode.SourceUnreadable, Refusal(archive => archive.AddFile("manifest.json", Encoding.UTF8.GetBytes(manifest))).Code);

    [Fact]
    public void Members_that_must_fit_into_memory_are_bounded() =>
        Assert.Equal(ErrorCode.SourceUnreadable, Refusal(archive => archive.AddFile("manifest.json", new byte[64 * 1024 * 1024 + 1])).Code);

    [Fact]
    public async Task The_last_of_two_members_with_one_name_counts_as_in_unpacking()
    {
        using (var archive = new SavedArchive(Path))
        {
            archive.AddFile("./layer.tar", SavedLayer.Of("another").Content);
            archive.AddFile("layer.tar", Sample.Layers[0].Content);
            archive.AddFile("config", Sample.Config);
            archive.Name("config", ["app:v1"], "layer.tar");
        }
        await using var source = DockerArchiveSource.Open(Path);
        Assert.Null(Assert.Single(await ImagesAsync(source, "app")).Error);
    }

    [Fact]
    public void A_size_that_goes_beyond_the_end_is_refused()
    {
        var bytes = SoundArchive;
        // The size of the first file, in its header of 512 bytes, becomes 8 GB less one; the checksum follows.
        var header = Locate(bytes, $"{Sample.Layers[0].DiffId.Hex}.tar");
        "77777777777"u8.CopyTo(bytes.AsSpan(header + 124));
        WriteChecksum(bytes.AsSpan(header, 512));
        File.WriteAllBytes(Path, bytes);
        AssertOnlyTypedErrors();
    }

    [Theory]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0 })]
    [InlineData(new byte[] { 0x28, 0xb5, 0x2f, 0xfd })]
    public void An_archive_that_is_compressed_as_a_whole_is_refused_with_advice(byte[] start)
    {
        File.WriteAllBytes(Path, [.. start, .. new byte[1024]]);
        var error = Assert.Throws<TransferException>(() => DockerArchiveSource.Open(Path)).Error;
        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        Assert.Contains("gunzip", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("repositories", ErrorCode.SourceOutdated)]
    [InlineData("oci-layout", ErrorCode.SourceNotFound)]
    [InlineData("etc/passwd", ErrorCode.SourceNotFound)]
    public void An_archive_without_a_manifest_is_told_for_what_it_is(string member, string code)
    {
        using (var writer = new System.Formats.Tar.TarWriter(File.Create(Path)))
            writer.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, member) { DataStream = new MemoryStream("{}"u8.ToArray()) });
        Assert.Equal(code, Assert.Throws<TransferException>(() => DockerArchiveSource.Open(Path)).Error.Code);
    }

    [Fact]
    public void Whatever_bytes_change_only_typed_errors_come_of_it()
    {
        var sound = SoundArchive;
        // Headers and texts are where a change tells, so most changes go there.
        var change = from position in Gen.Choose(0, sound.Length - 1)
                     from value in Gen.Choose(0, 255)
                     select (position, (byte)value);
        Prop.ForAll(Arb.From(Gen.NonEmptyListOf(change)), changes =>
        {
            var bytes = (byte[])sound.Clone();
            foreach (var (position, value) in changes)
                bytes[position] = value;
            foreach (var header in Headers(sound))
                WriteChecksum(bytes.AsSpan(header, 512));
            File.WriteAllBytes(Path, bytes);
            AssertOnlyTypedErrors();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void Wherever_it_is_cut_only_typed_errors_come_of_it()
    {
        var sound = SoundArchive;
        for (var length = 0; length < sound.Length; length += 101)
        {
            File.WriteAllBytes(Path, sound[..length]);
            AssertOnlyTypedErrors();
        }
    }

    private void AssertOnlyTypedErrors()
    {
        try
        {
            using var source = new Opened(DockerArchiveSource.Open(Path));
            foreach (var repository in RepositoriesAsync(source.Source).Result.Where(name => RepositoryName.TryParse(name, out _)))
            {
                foreach (var image in ImagesAsync(source.Source, repository).Result.Where(image => image.Digest is not null))
                {
                    var manifest = source.Source.ReadManifestAsync(RepositoryName.Parse(repository), image.Digest!.Value, default).AsTask().Result;
                    Assert.All(manifest.Blobs, blob => Assert.Equal(blob.Size, ReadAsync(source.Source, blob.Digest).Result.Length));
                }
            }
        }
        catch (TransferException)
        {
        }
    }

    private static IEnumerable<int> Headers(byte[] tar)
    {
        for (var i = 0; i + 512 <= tar.Length; i += 512)
            if (tar.AsSpan(i + 257, 5).SequenceEqual("ustar"u8))
                yield return i;
    }

    private static int Locate(byte[] tar, string name) => Headers(tar).First(header => tar.AsSpan(header).StartsWith(Encoding.ASCII.GetBytes(name)) && tar[header + 156] == '0');

    private static void WriteChecksum(Span<byte> header)
    {
        header[148..156].Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
            sum += value;
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }

    private sealed class Opened(DockerArchiveSource source) : IDisposable
    {
        public DockerArchiveSource Source { get; } = source;

        public void Dispose() => Source.DisposeAsync().AsTask().Wait();
    }
}
