using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>Between a layout's <c>index.json</c> and the index in memory.</summary>
internal static class LayoutIndexFile
{
    public const string Manifests = "manifests";

    private const int MaxDepth = 4;

    // Media types hold a plus sign, which need not be escaped in a file.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads what is there, with what each repository has by way of indexes and referrers.</summary>
    /// <param name="reader">The layout.</param>
    /// <param name="defaultRepository">Whom a tag alone belongs to.</param>
    /// <param name="root">All of <c>index.json</c>.</param>
    /// <exception cref="TransferException">With <see cref="ErrorScope.Endpoint"/>.</exception>
    public static LayoutIndex Read(LayoutReader reader, string defaultRepository, out JsonElement? root)
    {
        root = null;
        var index = new LayoutIndex();
        if (!reader.HasIndex)
            return index;
        (var json, var entries) = reader.ReadIndex();
        root = json;
        var catalog = LayoutCatalog.Build(reader, entries, defaultRepository, keepsHosts: true);
        foreach (var entry in entries)
            index.Keep(entry, catalog.ImageOf(entry));
        var mediaTypes = entries.GroupBy(entry => entry.DigestText, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().MediaType, StringComparer.Ordinal);
        foreach (var repository in catalog.Repositories)
            if (repository.Repository is { } name)
            {
                var seen = new HashSet<Digest>();
                foreach (var digest in repository.Digests)
                    Know(digest, mediaTypes.GetValueOrDefault(digest.ToString()), name, seen, 0);
            }
        RequireWritable(reader, index, root);
        return index;

        void Know(Digest digest, string? mediaType, RepositoryName repository, HashSet<Digest> seen, int depth)
        {
            if (!seen.Add(digest))
                return;
            var manifest = depth < MaxDepth && (string.IsNullOrEmpty(mediaType) || MediaType.IsIndex(mediaType)) ? TryRead(reader, digest) : null;
            index.Know(repository, digest, manifest?.Children.Select(child => child.Digest) ?? []);
            foreach (var child in manifest?.Children ?? [])
                Know(child.Digest, child.MediaType, repository, seen, depth + 1);
            if (depth < MaxDepth)
                foreach (var referrer in catalog.ReferrersOf(digest))
                    Know(referrer, null, repository, seen, depth + 1);
        }
    }

    /// <summary>What is kept of others is written as it was, if it can be: text that is no Unicode is met with only then.</summary>
    private static void RequireWritable(LayoutReader reader, LayoutIndex index, JsonElement? root)
    {
        try
        {
            Write(index, root);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new TransferException(new TransferError(ErrorCode.TargetUnwritable, $"The layout's {LayoutReader.Index} holds text that is no Unicode, so that it can't be written again.")
            { Scope = ErrorScope.Endpoint, Path = reader.Path, Hint = "Name another folder, or make the layout anew." }, e);
        }
    }

    /// <summary>The file's bytes: entries by <paramref name="index"/>, all else as it was.</summary>
    public static byte[] Write(LayoutIndex index, JsonElement? root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            if (root is { } known)
                foreach (var property in known.EnumerateObject().Where(property => !property.Name.Equals(Manifests, StringComparison.OrdinalIgnoreCase)))
                    property.WriteTo(writer);
            else
            {
                writer.WriteNumber("schemaVersion", 2);
                writer.WriteString("mediaType", MediaType.OciIndex);
            }
            writer.WriteStartArray(Manifests);
            foreach (var slot in index.Slots())
                slot.Write(writer);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null if it is missing or damaged.</summary>
    public static Manifest? TryRead(LayoutReader reader, Digest digest)
    {
        try
        {
            return reader.ReadManifest(digest);
        }
        catch (TransferException)
        {
            return null;
        }
    }
}
