using TransferEngine.Images;
using TransferEngine.Storage.Packages;

namespace TransferEngine.Hosting;

/// <summary>Makes a package's way into a target a job for the engine.</summary>
public static class UnpackJob
{
    /// <summary>Checks the package from end to end, then asks the target for what the package left out.</summary>
    /// <param name="package">The package.</param>
    /// <param name="source">Its images, which the caller opened and disposes.</param>
    /// <param name="target">Where they shall be.</param>
    /// <param name="mapping">How the target's repositories are named.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.PackageInvalid"/>, <see cref="ErrorCode.PackageBaseMissing"/>, or the target can't be used.</exception>
    public static async Task<MigrationJob> PrepareAsync(
        Package package, PackageSource source, IImageTarget target, RepositoryMapping mapping, CancellationToken cancellationToken)
    {
        await target.CheckAsync(cancellationToken);
        await package.CheckAsync(cancellationToken);
        return new MigrationJob(source, target)
        {
            Mapping = mapping,
            // What was packed without a tag was asked for.
            Untagged = true,
            KnownLocations = await PackageBases.LocateAsync(package.Index, target, name => target.MapRepository(mapping.Map(name)), cancellationToken),
        };
    }
}
