using Microsoft.Extensions.Options;
using NSubstitute;
using TransferEngine.Images;
using TransferEngine.Registry;
using Xunit;

namespace TransferEngine.Hosting.Tests;

public sealed class EndpointsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("transfer-endpoints");
    private readonly ISourceScheme _tree = Substitute.For<ISourceScheme>();
    private readonly ITargetScheme _docker = Substitute.For<ITargetScheme>();
    private readonly Endpoints _endpoints;

    public EndpointsTests()
    {
        _tree.Scheme.Returns("registry-tree");
        _tree.Form.Returns("registry-tree:PATH");
        _tree.OpenSource(Arg.Any<string>(), Arg.Any<EndpointSettings>()).Returns(Substitute.For<IImageSource>());
        _docker.Scheme.Returns("docker");
        _docker.Form.Returns("docker://host[:port][/prefix]");
        _docker.OpenTarget(Arg.Any<string>(), Arg.Any<EndpointSettings>()).Returns(Substitute.For<IImageTarget>());
        _endpoints = new Endpoints([_tree], [_docker]);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("registry-tree:/data", "/data")]
    [InlineData("registry-tree:data:x", "data:x")]
    [InlineData("/data", "/data")]
    [InlineData("./oci:x", "./oci:x")]
    [InlineData("data/registry", "data/registry")]
    public void A_source_is_a_storage_tree_by_scheme_or_by_path(string text, string path)
    {
        _endpoints.OpenSource(text);
        _tree.Received().OpenSource(path, EndpointSettings.Default);
    }

    [Fact]
    public void A_folder_whose_name_looks_like_a_scheme_is_a_path()
    {
        var path = _folder.CreateSubdirectory("oci:x").FullName;
        _endpoints.OpenSource(path);
        _tree.Received().OpenSource(path, EndpointSettings.Default);
    }

    [Theory]
    [InlineData("backup.tar")]
    [InlineData("backup.tar.gz")]
    [InlineData("oci:x")]
    public void The_path_of_a_file_is_a_tar(string name)
    {
        var tar = Substitute.For<ISourceScheme>();
        tar.Scheme.Returns("registry-tar");
        var path = Path.Join(_folder.FullName, name);
        File.WriteAllText(path, "");
        new Endpoints([_tree, tar], [_docker]).OpenSource(path);
        tar.Received().OpenSource(path, EndpointSettings.Default);
    }

    [Fact]
    public void A_target_is_given_its_address_and_settings()
    {
        var settings = new EndpointSettings { VerifyTls = false };
        _endpoints.OpenTarget("docker://localhost:5000/mirror", settings);
        _docker.Received().OpenTarget("//localhost:5000/mirror", settings);
    }

    [Fact]
    public void A_path_is_a_target_if_it_holds_a_storage_tree_and_else_says_what_to_write()
    {
        var tree = Substitute.For<ITargetScheme>();
        tree.Scheme.Returns("registry-tree");
        tree.OpenTarget(Arg.Any<string>(), Arg.Any<EndpointSettings>()).Returns(Substitute.For<IImageTarget>());
        var endpoints = new Endpoints([_tree], [_docker, tree]);
        Assert.Contains($"registry-tree:{_folder.FullName}", Refused(() => endpoints.OpenTarget(_folder.FullName)).Hint, StringComparison.Ordinal);
        _folder.CreateSubdirectory("docker/registry/v2/repositories");
        endpoints.OpenTarget(_folder.FullName);
        tree.Received().OpenTarget(_folder.FullName, EndpointSettings.Default);
    }

    [Theory]
    [InlineData("registry-tree:")]
    [InlineData("registry-tar:")]
    public void Storage_without_a_path_is_refused(string text)
    {
        var endpoints = new Endpoints([_tree], [new RegistryTreeScheme(TimeProvider.System), new RegistryTarTargetScheme(TimeProvider.System)]);
        Assert.Contains("PATH", Refused(() => endpoints.OpenTarget(text)).Hint!.Replace("FILE", "PATH", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void An_added_scheme_is_found()
    {
        var added = Substitute.For<ITargetScheme>();
        added.Scheme.Returns("harbor");
        new Endpoints([_tree], [_docker, added]).OpenTarget("harbor://host");
        added.Received().OpenTarget("//host", EndpointSettings.Default);
    }

    [Fact]
    public void An_unknown_scheme_lists_the_known_ones()
    {
        var source = Refused(() => _endpoints.OpenSource("oci:layout"));
        Assert.Contains("'oci:'", source.Message, StringComparison.Ordinal);
        Assert.Contains("known: registry-tree:", source.Message, StringComparison.Ordinal);
        var target = Refused(() => _endpoints.OpenTarget("registry-tree:/data"));
        Assert.Contains("known: docker:", target.Message, StringComparison.Ordinal);
        Assert.Contains("docker://host[:port][/prefix]", target.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:5000", "docker://localhost:5000")]
    [InlineData("localhost", "docker://localhost")]
    [InlineData("registry.example.org/mirror", "docker://registry.example.org/mirror")]
    [InlineData("http://localhost:5000", "docker://localhost:5000")]
    [InlineData("https://registry.example.org", "docker://registry.example.org")]
    [InlineData("[::1]:5000", "docker://[::1]:5000")]
    public void A_bare_host_is_refused_with_the_address_that_was_meant(string text, string suggestion)
    {
        var error = Refused(() => _endpoints.OpenTarget(text));
        Assert.Equal($"Did you mean {suggestion}?", error.Hint);
    }

    [Theory]
    [InlineData("admin:s3cret@localhost:5000")]
    [InlineData("https://admin:s3cret@localhost:5000")]
    [InlineData("/data/s3cret@host")]
    public void What_stands_before_an_at_sign_is_not_repeated(string text) =>
        Assert.DoesNotContain("s3cret", Refused(() => _endpoints.OpenTarget(text)).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("//admin:s3cret@localhost:5000")]
    [InlineData("//admin:s3cret/x@localhost:5000")]
    [InlineData("//localhost:5000/s3cret@x")]
    [InlineData("localhost:5000")]
    [InlineData("//")]
    [InlineData("//localhost:5000/NotAPrefix")]
    public void An_address_that_is_not_a_registrys_is_refused_without_repeating_passwords(string rest)
    {
        var scheme = new DockerScheme(Options.Create(new RegistryOptions()), Options.Create(new HarborOptions()), TimeProvider.System);
        Assert.DoesNotContain("s3cret", Refused(() => scheme.OpenTarget(rest, EndpointSettings.Default)).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", Refused(() => scheme.OpenSource(rest, EndpointSettings.Default)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_is_a_source_as_well_as_a_target_and_each_is_told_its_own_flag()
    {
        var scheme = new DockerScheme(Options.Create(new RegistryOptions()), Options.Create(new HarborOptions()), TimeProvider.System);
        await using var source = scheme.OpenSource("//localhost:5000/team", EndpointSettings.Default);
        Assert.Equal("docker://localhost:5000/team", source.Endpoint);
        Assert.Contains("--src-creds", Refused(() => scheme.OpenSource("//a:b@host", EndpointSettings.Default)).Hint, StringComparison.Ordinal);
        Assert.Contains("--dest-creds", Refused(() => scheme.OpenTarget("//a:b@host", EndpointSettings.Default)).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_said_for_one_endpoint_goes_before_the_configuration()
    {
        var scheme = new DockerScheme(Options.Create(new RegistryOptions { CertDir = "/there/is/no/such/folder" }), Options.Create(new HarborOptions()), TimeProvider.System);
        Assert.Throws<TransferException>(() => scheme.OpenTarget("//localhost:5000", EndpointSettings.Default));
        await using var target = scheme.OpenTarget("//localhost:5000/mirror", new EndpointSettings { CertificateFolder = _folder.FullName });
        Assert.Equal("docker://localhost:5000/mirror", target.Endpoint);
    }

    [Fact]
    public async Task A_harbor_is_addressed_with_its_project_and_root_repositories_go_into_the_one_that_was_said()
    {
        var scheme = new HarborScheme(Options.Create(new RegistryOptions()), Options.Create(new HarborOptions { DefaultProject = "configured" }), TimeProvider.System);
        await using var configured = scheme.OpenTarget("//localhost:8080", EndpointSettings.Default);
        Assert.Equal(("harbor://localhost:8080", "configured/alpine"), (configured.Endpoint, configured.MapRepository(RepositoryName.Parse("alpine")).ToString()));
        await using var said = scheme.OpenTarget("//localhost:8080", new EndpointSettings { Harbor = new HarborSettings { DefaultProject = "said" } });
        Assert.Equal("said/alpine", said.MapRepository(RepositoryName.Parse("alpine")).ToString());
        await using var project = scheme.OpenTarget("//localhost:8080/mirror", EndpointSettings.Default);
        Assert.Equal(("harbor://localhost:8080/mirror", "mirror/alpine"), (project.Endpoint, project.MapRepository(RepositoryName.Parse("alpine")).ToString()));
        Assert.Contains("harbor://host", Refused(() => scheme.OpenTarget("localhost", EndpointSettings.Default)).Hint, StringComparison.Ordinal);
        await using var source = scheme.OpenSource("//localhost:8080/team/of", EndpointSettings.Default);
        Assert.Equal("harbor://localhost:8080/team/of", source.Endpoint);
        Assert.Contains("--src-creds", Refused(() => scheme.OpenSource("//a:b@host", EndpointSettings.Default)).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Credentials_show_no_password()
    {
        var settings = new EndpointSettings { Credentials = EndpointCredentials.Parse("admin:s3:cret") };
        Assert.Equal("s3:cret", settings.Credentials.Password);
        Assert.DoesNotContain("cret", settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", Assert.Throws<FormatException>(() => EndpointCredentials.Parse("s3cret")).Message, StringComparison.Ordinal);
    }

    private static TransferError Refused(Action open)
    {
        var error = Assert.Throws<TransferException>(open).Error;
        Assert.Equal((ErrorCode.EndpointInvalid, ErrorScope.Endpoint), (error.Code, error.Scope));
        return error;
    }
}
