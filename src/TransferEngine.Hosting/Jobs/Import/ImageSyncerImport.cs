using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// image-syncer's <c>images.yaml</c> (<c>source[:tags|:/regex/|@digest]</c> with one target or a list of them) and <c>auth.yaml</c>, or both
/// in one <c>config.json</c> under the keys <c>images</c> and <c>auth</c>.
/// </summary>
internal sealed class ImageSyncerImport(ImportDraft draft)
{
    /// <summary>True for the file that holds images and, if need be, accounts.</summary>
    public static bool IsWholeConfiguration(MapNode root) => root["images"] is MapNode && root.Entries.All(entry => entry.Key is "images" or "auth");

    /// <param name="root">The document.</param>
    /// <param name="auth">The <c>auth.yaml</c>, if there is one.</param>
    /// <param name="authFile">What it is called.</param>
    public void Read(MapNode root, MapNode? auth, string? authFile)
    {
        var isWhole = IsWholeConfiguration(root);
        foreach (var entry in (root["auth"] as MapNode)?.Entries.Where(_ => isWhole) ?? [])
            ReadAccount(entry, draft.File);
        foreach (var entry in auth?.Entries ?? [])
            ReadAccount(entry, authFile!);
        foreach (var entry in isWhole ? ((MapNode)root["images"]!).Entries : root.Entries)
            foreach (var target in TargetsOf(entry))
                ReadRule(entry, target);
    }

    // Only that there is an account, never what is in it.
    private void ReadAccount(MapEntry entry, string authFile)
    {
        if (entry.Value is not MapNode account)
        {
            draft.Remark(entry.Line, $"{Printable.Of(entry.Key)} is no account.", authFile);
            return;
        }
        if (account["insecure"] is ScalarNode { Text: "true" })
            draft.InsecureHosts.Add(entry.Key);
        if (account["username"] is not null || account["password"] is not null)
            draft.Remark(entry.Line, ImportTexts.Login(entry.Key), authFile);
    }

    private IEnumerable<ScalarNode> TargetsOf(MapEntry entry)
    {
        switch (entry.Value)
        {
            case ScalarNode { Text: not null } one:
                return [one];
            case ListNode list when list.Items.All(item => item is ScalarNode { Text: not null }):
                return list.Items.Cast<ScalarNode>();
            default:
                draft.Lose(entry.Line, $"{Endpoints.Shown(entry.Key)} names no target.");
                return [];
        }
    }

    private void ReadRule(MapEntry entry, ScalarNode destination)
    {
        var line = destination.Line ?? entry.Line;
        if (!ImportName.TryParse(entry.Key, out var source))
        {
            draft.Lose(entry.Line, $"{Endpoints.Shown(entry.Key)} is not understood as an image.");
            return;
        }
        if (!ImportName.TryParse(destination.Text!, out var target))
        {
            draft.Lose(line, $"{Endpoints.Shown(destination.Text!)} is not understood as a target.");
            return;
        }
        if (source.Suffix is ['/', .. var pattern, '/'])
        {
            if (ImportTexts.RegexFault(pattern) is { } fault)
                draft.Lose(entry.Line, fault);
            else if (target.Suffix.Length > 0)
                draft.Lose(line, ImportTexts.NoRetagging(destination.Text!));
            else
                draft.AddRepository(source, target, new SelectionDefinition { TagsRegex = [pattern] });
            return;
        }
        AddImages(entry, source, target, line);
    }

    private void AddImages(MapEntry entry, ImportName source, ImportName target, int? line)
    {
        string[] tags = source.Suffix.Length == 0 ? [] : source.Suffix.StartsWith('@') ? [source.Suffix] : source.Suffix.Split(',', StringSplitOptions.TrimEntries);
        if (tags.FirstOrDefault(tag => !ImportTexts.IsReference(tag)) is { } bad)
            draft.Lose(entry.Line, $"'{Printable.Of(bad)}' of {Endpoints.Shown(entry.Key)} is no tag or digest.");
        else if (target.Suffix.Length > 0 && target.Suffix != source.Suffix)
            draft.Lose(line, ImportTexts.NoRetagging($"{target.Repository}:{target.Suffix}"));
        else
            draft.AddImages(source, target, tags);
    }
}
