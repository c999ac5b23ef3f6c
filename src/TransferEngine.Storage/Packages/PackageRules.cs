using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.Packages;

/// <summary>What must hold in an index beyond its syntax, so that whoever reads it can rely on it.</summary>
internal static class PackageRules
{
    /// <exception cref="JsonException">A rule is broken.</exception>
    public static void Check(PackageIndex index)
    {
        Require(index.Version == PackageIndex.CurrentVersion, $"it is of version {index.Version}, this program knows version {PackageIndex.CurrentVersion}");
        Require(index.Bases.All(one => one is not null && one.Name.Length is > 0 and <= 1024 && !one.Name.Any(char.IsControl)), "a base has no proper name");
        Ascending(index.Repositories, (left, right) => left.Name.CompareTo(right.Name), "repositories");
        Ascending(index.Held, (left, right) => left.Digest.CompareTo(right.Digest), "held");
        Ascending(index.Needed, (left, right) => left.Digest.CompareTo(right.Digest), "needed");
        var held = index.Held.Select(blob => blob.Digest).ToHashSet();
        var needed = index.Needed.Select(blob => blob.Digest).ToHashSet();
        Require(!held.Overlaps(needed), "a blob is both held and needed");
        Require(index.Held.All(blob => blob.Size >= 0) && index.Needed.All(blob => blob.Size >= 0), "a size is negative");
        Require(index.Needed.All(blob => blob.Base >= 0 && blob.Base < index.Bases.Count), "a blob is needed of a base that is not named");
        foreach (var repository in index.Repositories)
            Check(repository, held, needed);
        held.ExceptWith(index.Repositories.SelectMany(repository => repository.Manifests.Concat(repository.Blobs)));
        needed.ExceptWith(index.Repositories.SelectMany(repository => repository.Blobs));
        Require(held.Count == 0 && needed.Count == 0, "a blob belongs to no repository");
    }

    private static void Check(PackageRepository repository, HashSet<Digest> held, HashSet<Digest> needed)
    {
        Ascending(repository.Tags, (left, right) => string.CompareOrdinal(left.Name.ToString(), right.Name.ToString()), "tags");
        Ascending(repository.Untagged, "untagged");
        Ascending(repository.Manifests, "manifests");
        Ascending(repository.Blobs, "blobs");
        Require(repository.Manifests.All(held.Contains), "a manifest is not held");
        Require(repository.Blobs.All(blob => held.Contains(blob) || needed.Contains(blob)), "a blob is neither held nor needed");
        var manifests = repository.Manifests.ToHashSet();
        Require(repository.Tags.All(tag => manifests.Contains(tag.Digest)) && repository.Untagged.All(manifests.Contains), "an image's manifest is not listed");
    }

    private static void Ascending<T>(IReadOnlyList<T> list, Func<T, T, int> compare, string name)
    {
        Require(list.All(one => one is not null), $"'{name}' has an empty entry");
        for (var i = 1; i < list.Count; i++)
            Require(compare(list[i - 1], list[i]) < 0, $"'{name}' is not in order or has duplicates");
    }

    private static void Ascending(IReadOnlyList<Digest> list, string name) => Ascending(list, (left, right) => left.CompareTo(right), name);

    private static void Require(bool holds, string complaint)
    {
        if (!holds)
            throw new JsonException(complaint + ".");
    }
}
