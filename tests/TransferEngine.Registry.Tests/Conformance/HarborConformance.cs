using TransferEngine.Images;
using TransferEngine.TestKit;
using TransferEngine.TestKit.Conformance;
using TransferEngine.TestKit.Harbor;

namespace TransferEngine.Registry.Tests.Conformance;

/// <summary>Harbor as a target, on the double of it.</summary>
public abstract class HarborTargetConformance(HarborVersion version) : ExactTargetConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private HarborDouble? _harbor;

    protected override async Task<IImageTarget> OpenAsync()
    {
        _harbor ??= await HarborDouble.StartAsync(_folder.Of("harbor"), new HarborDoubleOptions { Version = version });
        return Open(RegistryEndpoint.Parse(_harbor.Host), new FixedCredentials(new RegistryCredential("admin", "Harbor12345")));
    }

    protected override Task<IImageSource> ReadBackAsync() => Task.FromResult<IImageSource>(HarborSource.Create(RegistryEndpoint.Parse(_harbor!.Host),
        new RegistryOptions(), new FixedCredentials(new RegistryCredential("admin", "Harbor12345")), TimeProvider.System));

    protected override async Task CloseAsync()
    {
        if (_harbor is not null)
            await _harbor.DisposeAsync();
        _folder.Dispose();
    }

    private protected abstract IImageTarget Open(RegistryEndpoint endpoint, ICredentialSource credentials);
}

/// <summary>Addressed as <c>harbor://</c>.</summary>
[Conforms<HarborTarget>]
public sealed class NamedHarborTargetConformance() : HarborTargetConformance(HarborVersion.V29)
{
    private protected override IImageTarget Open(RegistryEndpoint endpoint, ICredentialSource credentials) =>
        HarborTarget.Create(endpoint, new RegistryOptions { RetryDelay = TimeSpan.Zero }, new HarborOptions(), credentials, TimeProvider.System);
}

/// <summary>Addressed as <c>docker://</c>.</summary>
[Conforms<DetectingTarget>]
public sealed class DetectedHarborTargetConformance() : HarborTargetConformance(HarborVersion.V215)
{
    private protected override IImageTarget Open(RegistryEndpoint endpoint, ICredentialSource credentials) =>
        DetectingTarget.Create(endpoint, new RegistryOptions { RetryDelay = TimeSpan.Zero }, new HarborOptions(), credentials, TimeProvider.System);
}

/// <summary>Harbor as a source, on the double of it.</summary>
public abstract class HarborSourceConformance(HarborVersion version) : DamagedSourceConformance
{
    private readonly TemporaryFolder _folder = new(inMemory: true);
    private int _harbors;

    protected override bool ListsUntagged => false;

    // Harbor has no repository outside of a project.
    protected override IReadOnlyList<string> OddNames => ["a/a", "a/a/b", "a/a-b", "a-b/a", "a/b/c", "tags/link"];

    protected override ImageSet Plain() => new ImageSet()
        .With(App, "v1", One).With(App, "latest", One).With(App, "v2", Two)
        .With(Other, "v1", Two).With(RepositoryName.Parse("alone/alone"), "_x", ImageContent.Of("alone"));

    protected override async Task<IImageSource> OpenAsync(ImageSet set)
    {
        var root = set.WriteTree(_folder.Of($"{++_harbors}"));
        var harbor = Keep(await HarborDouble.StartAsync(root, new HarborDoubleOptions { Version = version }));
        foreach (var project in set.Repositories.Keys.Select(name => name.ToString().Split('/')[0]).Where(name => name != "library").Distinct())
            harbor.Projects.Add(project);
        return Open(RegistryEndpoint.Parse(harbor.Host), new FixedCredentials(new RegistryCredential("admin", "Harbor12345")));
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private protected abstract IImageSource Open(RegistryEndpoint endpoint, ICredentialSource credentials);
}

/// <summary>Addressed as <c>harbor://</c>.</summary>
[Conforms<HarborSource>]
public sealed class NamedHarborSourceConformance() : HarborSourceConformance(HarborVersion.V29)
{
    private protected override IImageSource Open(RegistryEndpoint endpoint, ICredentialSource credentials) =>
        HarborSource.Create(endpoint, new RegistryOptions { RetryDelay = TimeSpan.Zero }, credentials, TimeProvider.System);
}

/// <summary>Addressed as <c>docker://</c>.</summary>
[Conforms<DetectingSource>]
public sealed class DetectedHarborSourceConformance() : HarborSourceConformance(HarborVersion.V215)
{
    private protected override IImageSource Open(RegistryEndpoint endpoint, ICredentialSource credentials) =>
        DetectingSource.Create(endpoint, new RegistryOptions { RetryDelay = TimeSpan.Zero }, credentials, TimeProvider.System);
}
