using TransferEngine.Images;
using TransferEngine.Storage.DockerArchives;

namespace TransferEngine.Storage.Tests.DockerArchives;

/// <summary>Two runs with one archive as their target.</summary>
public sealed class TwoWritersTests : ArchiveWritingTest
{
    [Fact]
    public async Task The_second_one_is_refused_and_the_first_goes_on()
    {
        var config = "{}"u8.ToArray();
        var blob = new Descriptor(MediaType.OciConfig, Digest.OfSha256(config), config.Length);
        await using var first = DockerArchiveTarget.Create(Path);
        await PutAsync(first, blob, config);
        var length = new FileInfo(Path + ".partial").Length;
        await using (var second = DockerArchiveTarget.Create(Path))
        {
            var failure = await Assert.ThrowsAsync<TransferException>(() => second.StartUploadAsync(App, default));
            Assert.Equal((ErrorCode.TargetUnwritable, ErrorScope.Endpoint), (failure.Error.Code, failure.Error.Scope));
        }
        Assert.Equal(length, new FileInfo(Path + ".partial").Length);
    }
}
