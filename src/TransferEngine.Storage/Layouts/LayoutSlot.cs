using System.Text.Json;
using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>One entry of an index that is being written.</summary>
internal sealed class LayoutSlot
{
    private JsonElement? _json;
    private bool _isNameNew;
    private string _mediaType = "";
    private long _size;

    /// <summary>An entry that is there already, to be written again as it was.</summary>
    public LayoutSlot(LayoutEntry entry) => (_json, Name, Text, Digest) = (entry.Json, entry.Name, entry.DigestText, entry.Digest ?? default);

    /// <param name="manifest">A manifest that was put.</param>
    /// <param name="name">Null for none.</param>
    public LayoutSlot(Manifest manifest, string? name)
    {
        Text = "";
        Replace(manifest, name);
        Subject = manifest.Subject?.Digest;
    }

    public string? Name { get; set; }

    /// <summary>Of an entry that was there with none that is valid: nothing.</summary>
    public Digest Digest { get; private set; }

    /// <summary>The digest as written.</summary>
    public string Text { get; private set; }

    public Digest? Subject { get; }

    /// <summary>Another manifest takes the entry, which keeps the name that it has.</summary>
    public void Replace(Manifest manifest, string? name)
    {
        (_json, _mediaType, _size) = (null, manifest.MediaType, manifest.Bytes.Length);
        (Digest, Text) = (manifest.Digest, manifest.Digest.ToString());
        Name ??= name;
    }

    /// <summary>Gives an entry that has none a name.</summary>
    public void GiveName(string name)
    {
        _isNameNew = Name is null;
        Name ??= name;
    }

    /// <summary>The same manifest under a name.</summary>
    public LayoutSlot Named(string name)
    {
        var named = (LayoutSlot)MemberwiseClone();
        named.Name = name;
        return named;
    }

    public void Write(Utf8JsonWriter writer)
    {
        if (_json is { } known && !_isNameNew)
        {
            known.WriteTo(writer);
            return;
        }
        writer.WriteStartObject();
        if (_json is { } unnamed)
        {
            foreach (var property in unnamed.EnumerateObject().Where(property => property.Name != "annotations"))
                property.WriteTo(writer);
        }
        else
        {
            writer.WriteString("mediaType", _mediaType);
            writer.WriteString("digest", Text);
            writer.WriteNumber("size", _size);
        }
        WriteName(writer);
        writer.WriteEndObject();
    }

    private void WriteName(Utf8JsonWriter writer)
    {
        if (Name is null)
            return;
        writer.WriteStartObject("annotations");
        writer.WriteString(LayoutEntry.RefName, Name);
        writer.WriteEndObject();
    }
}
