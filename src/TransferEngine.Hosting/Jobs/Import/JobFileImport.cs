using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>The formats that can be imported.</summary>
public enum ImportFormat
{
    /// <summary>Told from the file's own keys.</summary>
    Auto,

    /// <summary>image-syncer's <c>images.yaml</c>, or its <c>config.json</c> with accounts and images.</summary>
    ImageSyncer,

    /// <summary>What <c>skopeo sync --src yaml</c> takes.</summary>
    Skopeo,

    /// <summary><c>regsync.yml</c>.</summary>
    Regsync,
}

/// <summary>Makes job files of the files that people have for other tools. Nothing is run, and no secret is read out of them.</summary>
public static class JobFileImport
{
    /// <param name="path">The file.</param>
    /// <param name="format">Its format.</param>
    /// <param name="authPath">image-syncer's <c>auth.yaml</c>, where there is one.</param>
    /// <param name="target">The target's address, for skopeo's file, which names none.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the file can't be read, or is of no known format.</exception>
    public static ImportedJobs Import(string path, ImportFormat format = ImportFormat.Auto, string? authPath = null, string? target = null)
    {
        var root = YamlTree.ReadFile(path);
        var draft = new ImportDraft(path);
        switch (format == ImportFormat.Auto ? Recognise(root, path) : format)
        {
            case ImportFormat.Regsync:
                new RegsyncImport(draft).Read(root);
                break;
            case ImportFormat.Skopeo:
                new SkopeoImport(draft, target ?? throw JobFileErrors.Of(path, null, "skopeo's file names no target.", "Give it with --target docker://host[:port][/prefix].")).Read(root);
                break;
            default:
                new ImageSyncerImport(draft).Read(root, authPath is null ? null : YamlTree.ReadFile(authPath), authPath);
                break;
        }
        return draft.Finish();
    }

    private static ImportFormat Recognise(MapNode root, string path)
    {
        if (root["sync"] is ListNode)
            return ImportFormat.Regsync;
        if (ImageSyncerImport.IsWholeConfiguration(root))
            return ImportFormat.ImageSyncer;
        if (root.Entries.Count > 0 && root.Entries.All(entry => entry.Value is MapNode))
            return ImportFormat.Skopeo;
        return root.Entries.Count > 0 && root.Entries.All(entry => entry.Value is ScalarNode or ListNode) && root["jobs"] is null
            ? ImportFormat.ImageSyncer
            : throw JobFileErrors.Of(path, null, "This is neither image-syncer's images.yaml or config.json, skopeo's sync YAML nor a regsync.yml.", "Say with --from which it is meant to be.");
    }
}
