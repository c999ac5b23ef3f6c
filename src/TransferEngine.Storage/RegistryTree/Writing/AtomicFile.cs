namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// Files that are there whole or not at all: written under another name, flushed to the disk, renamed. What a kill leaves is a
/// <c>NAME.GUID.tmp</c>, the litter that distribution 3.1 leaves too, and that no reader looks at.
/// </summary>
internal static class AtomicFile
{
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
