using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// A subset of <c>regsync.yml</c>: entries of the types repository, image and registry with filters of tags by expression and
/// by range of versions, with platforms and referrers. Expressions match whole tags there, so they are anchored here.
/// </summary>
internal sealed class RegsyncImport(ImportDraft draft)
{
    private static readonly string[] Carried = ["source", "target", "type", "tags", "repos", "platforms", Referrers, DigestTags];

    private const string Referrers = "referrers";

    // Signatures by their tag, which here come and stay behind with the referrers.
    private const string DigestTags = "digestTags";

    private MapNode? _defaults;

    public void Read(MapNode root)
    {
        foreach (var (key, value, line) in root.Entries)
        {
            switch (key)
            {
                case "version" or "sync":
                case ['x', '-', ..]:
                    break;
                case "creds":
                    (value as ListNode)?.Items.OfType<MapNode>().ToList().ForEach(ReadAccount);
                    break;
                case "defaults":
                    _defaults = value as MapNode;
                    (_defaults?.Entries ?? []).Where(entry => entry.Key is not (Referrers or DigestTags)).ToList().ForEach(entry => LoseKey("defaults.", entry));
                    break;
                default:
                    draft.Lose(line, $"{Printable.Of(key)} is not carried over.");
                    break;
            }
        }
        foreach (var item in (root["sync"] as ListNode)?.Items ?? [])
            ReadEntry(item);
    }

    private void ReadAccount(MapNode account)
    {
        if (Text(account, "registry") is not { } host)
            return;
        if (Text(account, "tls") is "insecure" or "disabled")
            draft.InsecureHosts.Add(host);
        if (account["user"] is not null || account["pass"] is not null || account["credHelper"] is not null)
            draft.Remark(account.Line, ImportTexts.Login(host));
        foreach (var entry in account.Entries.Where(entry => entry.Key is not ("registry" or "tls" or "user" or "pass" or "credHelper")))
            LoseKey($"creds of {Printable.Of(host)}: ", entry);
    }

    private void ReadEntry(ConfigNode item)
    {
        if (item is not MapNode entry || Text(entry, "source") is not { } source || Text(entry, "target") is not { } target || source.Length == 0)
        {
            draft.Lose(item.Line, "An entry of sync has no source or no target.");
            return;
        }
        foreach (var other in entry.Entries.Where(other => !Carried.Contains(other.Key)))
            LoseKey("", other);
        if (source.Contains("{{", StringComparison.Ordinal) || target.Contains("{{", StringComparison.Ordinal))
            draft.Lose(entry.Line, "Templates are not carried over: write out source and target.");
        else if (new[] { source, target }.FirstOrDefault(name => name.Contains("://", StringComparison.Ordinal)) is { } folder)
            draft.Lose(entry.Line, ImportTexts.NoLayout(folder));
        else if (Text(entry, "type") is "registry")
            ReadRegistry(entry, source, target);
        else if (!ImportName.TryParse(source, out var from) || !ImportName.TryParse(target, out var to))
            draft.Lose(entry.Line, $"{Endpoints.Shown(source)} or {Endpoints.Shown(target)} is not understood as an image.");
        else if (Text(entry, "type") is "repository")
            ReadRepository(entry, from, to);
        else if (Text(entry, "type") is "image")
            ReadImage(entry, from, to);
        else
            draft.Lose(entry.Line, "The type is not registry, repository or image.");
    }

    private void ReadImage(MapNode entry, ImportName source, ImportName target)
    {
        var tag = source.Suffix.Length == 0 ? "latest" : source.Suffix;
        if (!ImportTexts.IsReference(tag))
            draft.Lose(entry.Line, $"'{Printable.Of(tag)}' is no tag or digest.");
        else if (tag != (target.Suffix.Length == 0 ? "latest" : target.Suffix))
            draft.Lose(entry.Line, ImportTexts.NoRetagging($"{target.Repository}:{target.Suffix}"));
        else if (Refine(entry, new SelectionDefinition()) is var select && select == new SelectionDefinition())
            draft.AddImages(source, target, [tag]);
        else
            draft.AddRepository(source, target, select, tag);
    }

    private void ReadRepository(MapNode entry, ImportName source, ImportName target)
    {
        if (TagsOf(entry) is not { } select)
            return;
        if (select == new SelectionDefinition())
            draft.AddImages(source, target, []);
        else
            draft.AddRepository(source, target, select);
    }

    private void ReadRegistry(MapNode entry, string source, string target)
    {
        if (TagsOf(entry) is not { } select)
            return;
        var repositories = entry["repos"] as MapNode;
        var (host, path) = ImportName.SplitHost(target + "/");
        var prefix = path.TrimEnd('/');
        draft.Add(new JobDefinition
        {
            Source = draft.Endpoint(source),
            Target = draft.Endpoint(host) with { Address = prefix.Length == 0 ? $"docker://{host}" : $"docker://{host}/{prefix}" },
            Select = select with { Include = Globs(repositories, "allow"), Exclude = Globs(repositories, "deny") },
            Mapping = [],
        });
    }

    // The same set of repositories where it can be said by globs: a name, or all below one.
    private List<string> Globs(MapNode? repositories, string key)
    {
        var globs = new List<string>();
        foreach (var (pattern, line) in Patterns(repositories, key))
        {
            var name = pattern.EndsWith("/.*", StringComparison.Ordinal) ? pattern[..^3] : pattern;
            if (RepositoryName.TryParse(name, out _))
                globs.Add(name == pattern ? name : name + "/**");
            else if (pattern == ".*")
                globs.Add("**");
            else
                draft.Lose(line, $"repos.{key}: '{Printable.Of(pattern)}' is not carried over; repositories are chosen by globs, see include and exclude.");
        }
        return globs;
    }

    /// <summary>The filters of tags; null if one of them is not understood.</summary>
    private SelectionDefinition? TagsOf(MapNode entry)
    {
        var tags = entry["tags"] as MapNode;
        var allow = Patterns(tags, "allow");
        var deny = Patterns(tags, "deny");
        var range = Patterns(tags, "semverRange");
        foreach (var other in (tags?.Entries ?? []).Where(other => other.Key is not ("allow" or "deny" or "semverRange")))
            LoseKey("tags.", other);
        var faults = allow.Concat(deny).Select(one => (Fault: ImportTexts.RegexFault(one.Text), one.Line))
            .Concat(range.Select(one => (Fault: SkopeoImport.RangeFault(one.Text), one.Line))).Where(one => one.Fault is not null).ToList();
        faults.ForEach(one => draft.Lose(one.Line, one.Fault!));
        if (faults.Count > 0)
            return null;
        return Refine(entry, new SelectionDefinition
        {
            TagsRegex = allow.Count + deny.Count == 0 ? [] : [$"^{(deny.Count == 0 ? "" : $"(?!{Any(deny)}$)")}{(allow.Count == 0 ? "" : $"{Any(allow)}$")}"],
            TagsSemver = range.Count == 0 ? null : string.Join(" || ", range.Select(one => one.Text)),
        });
    }

    /// <summary>What an entry says of an image's parts, whatever its type.</summary>
    private SelectionDefinition Refine(MapNode entry, SelectionDefinition select)
    {
        var platforms = Patterns(entry, "platforms");
        foreach (var (text, line) in platforms.Where(one => !Platform.TryParse(one.Text, out _)))
            draft.Lose(line, $"platforms: '{Printable.Of(text)}' is not carried over; it is none such as linux/amd64.");
        var known = platforms.Select(one => one.Text).Where(text => Platform.TryParse(text, out _)).ToList();
        if (known.Count > 0)
            draft.Remark(entry.Line, "platforms: an index that is left with these is another one, with another digest.");
        // Both are off there unless they are asked for; here they stay behind only where somebody says so.
        var asked = new[] { Referrers, DigestTags }.Select(key => Text(entry, key) ?? (_defaults is null ? null : Text(_defaults, key))).ToList();
        return select with { Platforms = known.Count == 0 ? select.Platforms : known, Referrers = asked.Contains("true") || !asked.Contains("false") };
    }

    private static string Any(IEnumerable<(string Text, int? Line)> patterns) => $"(?:{string.Join('|', patterns.Select(pattern => pattern.Text))})";

    private static List<(string Text, int? Line)> Patterns(MapNode? map, string key) => map?[key] switch
    {
        ScalarNode { Text: { } text } one => [(text, one.Line)],
        ListNode list => [.. list.Items.OfType<ScalarNode>().Where(item => item.Text is not null).Select(item => (item.Text!, item.Line))],
        _ => [],
    };

    private void LoseKey(string prefix, MapEntry entry) => draft.Lose(entry.Line, $"{prefix}{Printable.Of(entry.Key)} is not carried over.");

    private static string? Text(MapNode map, string key) => (map[key] as ScalarNode)?.Text;
}
