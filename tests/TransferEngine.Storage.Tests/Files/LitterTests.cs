using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.Tests.Files;

public sealed class LitterTests
{
    [Theory]
    [InlineData(".DS_Store")]
    [InlineData("._manifest.json")]
    [InlineData("THUMBS.DB")]
    [InlineData("@eaDir")]
    [InlineData("manifest.json@SynoEAStream")]
    [InlineData(".nfs000000000000a1b200000001")]
    [InlineData(".link.AbC123")]
    [InlineData("lost+found")]
    [InlineData("System Volume Information")]
    [InlineData(".Trash-1000")]
    [InlineData(".fuse_hidden0000001200000001")]
    public void What_systems_leave_is_known_by_its_name(string name) => Assert.True(Litter.Is(name));

    [Theory]
    [InlineData("app")]
    [InlineData("app:v1")]
    [InlineData("app@sha256:0123")]
    [InlineData("link")]
    [InlineData("data")]
    [InlineData("manifest.json")]
    [InlineData("_manifests")]
    [InlineData("thumbs")]
    [InlineData(".transfer-engine")]
    public void What_may_belong_to_an_image_is_none(string name) => Assert.False(Litter.Is(name));
}
