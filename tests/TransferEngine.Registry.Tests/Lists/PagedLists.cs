using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests.Lists;

/// <summary>The lists that a registry gives in pages.</summary>
public enum ListKind
{
    Catalog,
    SourceTags,
    TargetTags,
    Referrers,
}

/// <summary>Reads each kind of list, whose entries are called <c>1</c>, <c>2</c> and so on, over the same page bodies.</summary>
internal static class PagedLists
{
    public static readonly RepositoryName App = RepositoryName.Parse("team/app");
    public static readonly Digest Subject = Digest.OfSha256([0]);

    public static string Path(ListKind kind) => kind switch
    {
        ListKind.Catalog => "/v2/_catalog",
        ListKind.Referrers => $"/v2/{App}/referrers/{Subject}",
        _ => $"/v2/{App}/tags/list",
    };

    public static string Property(ListKind kind) => kind switch
    {
        ListKind.Catalog => "repositories",
        ListKind.Referrers => "manifests",
        _ => "tags",
    };

    public static ErrorScope Scope(ListKind kind) => kind switch
    {
        ListKind.Catalog => ErrorScope.Endpoint,
        ListKind.Referrers => ErrorScope.Image,
        _ => ErrorScope.Repository,
    };

    /// <summary>A page with one entry.</summary>
    public static string Page(ListKind kind, int number) =>
        $$"""{"{{Property(kind)}}":[{{(kind == ListKind.Referrers ? $$"""{"digest":"{{DigestOf(number)}}"}""" : $"\"{number}\"")}}]}""";

    /// <summary>The numbers of the entries that were read.</summary>
    public static async Task<IEnumerable<int>> ReadAsync(ScriptedRegistry registry, ListKind kind, TimeProvider? time = null)
    {
        var options = new RegistryOptions { RetryTimes = 1, RetryDelay = TimeSpan.Zero };
        if (kind == ListKind.TargetTags)
        {
            await using var target = await registry.ConnectAsync(options: options, time: time);
            return (await target.ListTagsAsync(App, CancellationToken.None))!.Select(tag => Number(tag.ToString())).Order();
        }
        await using var source = registry.Source(options: options, time: time);
        return kind switch
        {
            ListKind.Catalog => (await source.ListRepositoriesAsync(CancellationToken.None).ToListAsync()).Select(found => Number(found.Name)),
            ListKind.SourceTags => (await source.ListNamesAsync(App, false, CancellationToken.None).ToListAsync()).Select(Number),
            _ => (await source.ListReferrersAsync(App, Subject, CancellationToken.None).ToListAsync())
                .Select(digest => Enumerable.Range(1, 9).Single(number => DigestOf(number) == digest)),
        };
    }

    private static Digest DigestOf(int number) => Digest.OfSha256([(byte)number]);

    private static int Number(string name) => int.Parse(name, System.Globalization.CultureInfo.InvariantCulture);
}
