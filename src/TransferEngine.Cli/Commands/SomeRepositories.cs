using TransferEngine.Images;

namespace TransferEngine.Cli.Commands;

/// <summary>Any source, of whose repositories only some are listed.</summary>
internal sealed class SomeRepositories(IImageSource source, HashSet<string> names) : DelegatingSource(source)
{
    public override RegistryPlace? Registry => Inner.Registry is { } place ? place with { IsNamed = true } : null;

    public override IAsyncEnumerable<SourceRepository> ListRepositoriesAsync(CancellationToken cancellationToken) =>
        Inner.ListRepositoriesAsync(cancellationToken).Where(repository => names.Contains(repository.Name));
}
