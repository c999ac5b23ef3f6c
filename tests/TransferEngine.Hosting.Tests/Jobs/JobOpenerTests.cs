using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;
using TransferEngine.Images;
using TransferEngine.Registry;
using Xunit;

namespace TransferEngine.Hosting.Tests.Jobs;

public sealed class JobOpenerTests
{
    private readonly IEndpoints _endpoints = Substitute.For<IEndpoints>();
    private readonly IImageSource _source = Substitute.For<IImageSource>();
    private readonly IImageTarget _target = Substitute.For<IImageTarget>();

    public JobOpenerTests()
    {
        _source.Endpoint.Returns("docker://old.example.org");
        _target.Endpoint.Returns("docker://new.example.org");
        _endpoints.OpenSource(Arg.Any<string>(), Arg.Any<EndpointSettings>()).Returns(_source);
        _endpoints.OpenTarget(Arg.Any<string>(), Arg.Any<EndpointSettings>()).Returns(_target);
    }

    [Fact]
    public async Task A_definition_becomes_a_job_and_both_ends_are_closed_after_it()
    {
        var definition = JobFileTests.Parse("""
            jobs:
            - name: nightly
              source: {address: "docker://old.example.org", tls-verify: false, retry-times: 2}
              target: {address: "docker://new.example.org", username: robot, password-env: MIRROR_PASSWORD}
              select: {include: [team/*], tags-semver: ^1, newest: 2, untagged: true, platforms: linux/amd64, referrers: false}
              mapping: [last=1]
              verify-source: true
              repair: true
              hash-files: false
              limit-rate: 1000
            """).Jobs[0];
        var prepared = new JobOpener(_endpoints, new EngineOptions(), name => name == "MIRROR_PASSWORD" ? "s3cret" : null).Prepare(definition);
        Assert.Equal("nightly", await prepared.UseAsync(job =>
        {
            Assert.Equal(["last=1"], job.Mapping!.Rules);
            Assert.Equal((true, false), (job.Repair, job.HashFiles));
            Assert.Equal((2, true, true, 1000L), (job.Selection.Newest, job.Untagged, job.VerifySource, job.LimitRate));
            Assert.False(job.Referrers);
            Assert.Equal("docker://old.example.org for linux/amd64", job.Source.Endpoint);
            Assert.False(job.Selection.Wants(RepositoryName.Parse("other/x")));
            Assert.False(job.Selection.Wants(Tag.Parse("2.0")));
            return Task.FromResult(job.Name);
        }));
        _endpoints.Received().OpenSource("docker://old.example.org", new EndpointSettings { VerifyTls = false, RetryTimes = 2 });
        _endpoints.Received().OpenTarget("docker://new.example.org", new EndpointSettings { Credentials = new EndpointCredentials("robot", "s3cret") });
        await _source.Received().DisposeAsync();
        await _target.Received().DisposeAsync();
    }

    [Fact]
    public async Task Images_by_name_narrow_the_source()
    {
        var prepared = Opener().Prepare(Definition() with { Select = new SelectionDefinition { Images = ["team/app:1", "old.example.org/base"] } });
        var names = await prepared.UseAsync(async job => await job.Source.ListRepositoriesAsync(default).Select(found => found.Name).ToListAsync());
        Assert.Equal(["team/app", "base"], names);
    }

    [Fact]
    public async Task A_job_without_rules_takes_those_of_the_options_and_an_empty_list_means_none()
    {
        var opener = new JobOpener(_endpoints, new EngineOptions { Mapping = ["prefix=x/"] });
        Assert.Equal(["prefix=x/"], await opener.Prepare(Definition()).UseAsync(job => Task.FromResult(job.Mapping!.Rules)));
        Assert.Empty(await opener.Prepare(Definition() with { Mapping = [] }).UseAsync(job => Task.FromResult(job.Mapping!.Rules)));
    }

    [Fact]
    public async Task An_authfile_and_what_holds_for_files_reach_the_endpoint()
    {
        var files = new FileSettings { IsHarbor1 = true };
        await Opener().Prepare(Definition() with { Target = new EndpointDefinition("b") { Authfile = "/auth.json", Files = files } }).UseAsync(job => Task.FromResult(job.Name));
        _endpoints.Received().OpenTarget("b", new EndpointSettings { AuthFile = "/auth.json", Files = files });
    }

    [Fact]
    public void Mistakes_are_found_with_nothing_opened()
    {
        JobDefinition[] wrong =
        [
            Definition() with { Mapping = ["flatten=/"] },
            Definition() with { Select = new SelectionDefinition { TagsSemver = "latest" } },
            Definition() with { Select = new SelectionDefinition { TagsRegex = ["("] } },
            Definition() with { Select = new SelectionDefinition { Platforms = ["amd64"] } },
            Definition() with { Source = new EndpointDefinition("a") { Username = "me", PasswordEnv = "UNSET" } },
        ];
        Assert.All(wrong, job => Assert.Equal(ErrorCode.ConfigurationInvalid, Assert.Throws<TransferException>(() => Opener().Prepare(job)).Error.Code));
        Assert.Empty(_endpoints.ReceivedCalls());
    }

    [Fact]
    public void The_options_of_a_file_are_bound_with_their_units()
    {
        var file = JobFileTests.Parse("options: {pushers: 3, blob-backoff: 2 s, registry: {retry-times: 9}}\njobs: [{source: a, target: b}]");
        using var services = new ServiceCollection().AddTransferEngine(new ConfigurationBuilder().AddJobFileOptions(file).Build()).BuildServiceProvider();
        var options = services.GetRequiredService<IOptions<EngineOptions>>().Value;
        Assert.Equal((3, TimeSpan.FromSeconds(2), 9), (options.Pushers, options.BlobBackoff, services.GetRequiredService<IOptions<RegistryOptions>>().Value.RetryTimes));
    }

    private JobOpener Opener() => new(_endpoints, new EngineOptions(), _ => null);

    private static JobDefinition Definition() => new() { Source = new EndpointDefinition("a"), Target = new EndpointDefinition("b") };
}
