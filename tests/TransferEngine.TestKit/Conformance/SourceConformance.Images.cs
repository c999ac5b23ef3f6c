using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class SourceConformance
{
    [Fact]
    public async Task Each_repository_is_listed_once()
    {
        var set = Plain();
        var source = await SourceOf(set);
        var listed = await source.ListRepositoriesAsync(default).ToListAsync();
        Assert.All(listed, repository => Assert.Null(repository.Error));
        Assert.All(listed, repository => Assert.Equal(repository.Name, repository.Repository.ToString()));
        Assert.Equal(set.Repositories.Keys, listed.Select(repository => repository.Repository!.Value).Order());
    }

    [Fact]
    public async Task Each_tag_is_listed_once_with_a_manifest_that_can_be_read()
    {
        var set = Plain();
        var source = await SourceOf(set);
        foreach (var (repository, held) in set.Repositories)
        {
            var images = await ImagesAsync(source, repository);
            Assert.Equal(held.Tags.Keys, images.Select(image => image.Tag!.Value).Order());
            foreach (var image in images)
            {
                Assert.Null(image.Error);
                Assert.Equal(image.Tag.ToString(), image.Name);
                Assert.Equal(image.Digest, (await source.ReadManifestAsync(repository, image.Digest!.Value, default)).Digest);
            }
        }
    }

    [Fact]
    public async Task Two_tags_of_one_image_have_one_digest()
    {
        var images = (await ImagesAsync(await SourceOf(Plain()), App)).ToDictionary(image => image.Name, image => image.Digest);
        Assert.Equal(images["v1"], images["latest"]);
        Assert.NotEqual(images["v1"], images["v2"]);
    }

    [Fact]
    public async Task The_names_alone_are_those_of_the_images()
    {
        var source = await SourceOf(Plain());
        Assert.Equal((await ImagesAsync(source, App)).Select(image => image.Name).Order(), (await NamesAsync(source, App)).Order());
        Assert.Equal(["latest", "v1", "v2"], (await NamesAsync(source, App)).Order());
    }

    [Fact]
    public async Task A_repository_that_is_not_there_has_no_images()
    {
        var source = await SourceOf(Plain());
        Assert.Empty(await ImagesAsync(source, Nowhere));
        Assert.Empty(await NamesAsync(source, Nowhere));
        Assert.Null(await source.FindImageAsync(Nowhere, V1, default));
        Assert.Empty(await source.ListReferrersAsync(Nowhere, Unknown, default).ToListAsync());
    }

    [Fact]
    public async Task An_image_is_found_by_its_tag_as_it_is_listed()
    {
        var source = await SourceOf(Plain());
        foreach (var image in await ImagesAsync(source, App))
            Assert.Equal(image, await source.FindImageAsync(App, image.Tag!.Value, default));
        Assert.Null(await source.FindImageAsync(App, Tag.Parse("v3"), default));
    }

    [Fact]
    public async Task An_image_is_found_by_its_digest()
    {
        var source = await SourceOf(Plain());
        var digest = (await ImagesAsync(source, App))[0].Digest!.Value;
        Assert.Equal(new SourceImage(digest.ToString(), null, digest), await source.FindImageAsync(App, digest, default));
        Assert.Null(await source.FindImageAsync(App, Unknown, default));
    }

    [Fact]
    public async Task A_manifest_that_is_not_there_is_missing()
    {
        var source = await SourceOf(Plain());
        foreach (var repository in new[] { App, Nowhere })
        {
            var error = await RefusedAsync(async () => await source.ReadManifestAsync(repository, Unknown, default));
            Assert.True(error.Code is ErrorCode.ManifestMissing or ErrorCode.RevisionMissing, error.ToString());
            Assert.Equal(ErrorScope.Image, error.Scope);
        }
    }

    [Fact]
    public async Task A_listing_may_be_left_early_and_begun_again()
    {
        var source = await SourceOf(Plain());
        await foreach (var repository in source.ListRepositoriesAsync(default))
            await foreach (var image in source.ListImagesAsync(repository.Repository!.Value, untagged: false, default))
                break;
        await foreach (var repository in source.ListRepositoriesAsync(default))
            break;
        Assert.Equal(3, (await ImagesAsync(source, App)).Count);
    }

    [Fact]
    public async Task A_sound_source_has_no_damage_and_its_notes_can_always_be_asked_for()
    {
        var source = await SourceOf(Plain());
        Assert.NotEmpty(source.Endpoint);
        Assert.NotNull(source.Notes);
        await ImagesAsync(source, App);
        Assert.Null(source.Damage);
        Assert.NotNull(source.Notes);
        if (source.LocalPath is { } path)
            Assert.True(Path.Exists(path), path);
    }
}
