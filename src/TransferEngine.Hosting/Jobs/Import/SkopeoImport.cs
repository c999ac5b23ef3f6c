using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// The YAML that <c>skopeo sync --src yaml</c> takes: hosts with images by tag, by expression and by range. It names no
/// target; repositories keep the last component of their name there, as with skopeo unless <c>--scoped</c> is given.
/// </summary>
internal sealed class SkopeoImport(ImportDraft draft, string target)
{
    private const string Rule = "last=1";

    public void Read(MapNode root)
    {
        foreach (var entry in root.Entries)
        {
            if (entry.Value is MapNode host)
                ReadHost(entry, host);
            else
                draft.Lose(entry.Line, $"{Printable.Of(entry.Key)} has no images.");
        }
        if (root.Entries.Count > 0)
            draft.Remark(null, $"Repositories keep the last component of their name, as skopeo does without --scoped: the rule {Rule}. Change it where that is not meant.");
    }

    private void ReadHost(MapEntry entry, MapNode host)
    {
        if (host["tls-verify"] is ScalarNode { Text: "false" })
            draft.InsecureHosts.Add(entry.Key);
        if (host["credentials"] is not null)
            draft.Remark(entry.Line, ImportTexts.Login(entry.Key));
        foreach (var unknown in host.Entries.Where(one => one.Key is not ("images" or "images-by-tag-regex" or "images-by-semver" or "credentials" or "tls-verify" or "cert-dir")))
            draft.Lose(unknown.Line, $"{Printable.Of(unknown.Key)} is not known.");
        var source = draft.Endpoint(entry.Key) with { CertDir = (host["cert-dir"] as ScalarNode)?.Text };
        ReadImages(source, host["images"] as MapNode);
        foreach (var (repository, value, line) in (host["images-by-tag-regex"] as MapNode)?.Entries ?? [])
            AddFiltered(source, repository, line, value, text => ImportTexts.RegexFault(text), text => new SelectionDefinition { TagsRegex = [text] });
        foreach (var (repository, value, line) in (host["images-by-semver"] as MapNode)?.Entries ?? [])
            AddFiltered(source, repository, line, value, RangeFault, text => new SelectionDefinition { TagsSemver = text });
    }

    private void ReadImages(EndpointDefinition source, MapNode? images)
    {
        var listed = new List<string>();
        foreach (var (repository, value, line) in images?.Entries ?? [])
        {
            if (!RepositoryName.TryParse(repository, out _))
            {
                draft.Lose(line, $"{Printable.Of(repository)} is no repository's name.");
                continue;
            }
            var references = value is ListNode list ? list.Items : [];
            if (references.Count == 0)
                listed.Add(repository);
            foreach (var item in references)
            {
                var text = (item as ScalarNode)?.Text ?? "";
                var reference = text.Contains(':', StringComparison.Ordinal) ? "@" + text : text;
                if (ImportTexts.IsReference(reference))
                    listed.Add(reference.StartsWith('@') ? repository + reference : $"{repository}:{reference}");
                else
                    draft.Lose(item.Line, $"'{Printable.Of(text)}' is no tag or digest.");
            }
        }
        if (listed.Count > 0)
            Add(source, new SelectionDefinition { Images = listed });
    }

    private void AddFiltered(
        EndpointDefinition source, string repository, int? line, ConfigNode value, Func<string, string?> fault, Func<string, SelectionDefinition> select)
    {
        if (!RepositoryName.TryParse(repository, out _) || value is not ScalarNode { Text: { } text })
            draft.Lose(line, $"{Printable.Of(repository)} is not a repository's name with one filter.");
        else if (fault(text) is { } wrong)
            draft.Lose(line, wrong);
        else
            Add(source, select(text) with { Images = [repository] });
    }

    private void Add(EndpointDefinition source, SelectionDefinition select) =>
        draft.Add(new JobDefinition { Source = source, Target = new EndpointDefinition(target), Select = select, Mapping = [Rule] });

    internal static string? RangeFault(string range)
    {
        try
        {
            _ = new ImageSelection(tagRange: range);
            return null;
        }
        catch (TransferException)
        {
            return $"'{Printable.Of(range)}' is not understood as a range of versions.";
        }
    }
}
