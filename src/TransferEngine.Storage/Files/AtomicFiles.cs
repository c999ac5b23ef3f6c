using TransferEngine.Images;

namespace TransferEngine.Storage.Files;

/// <summary>
/// Files that are there whole or not at all: written under another name, then renamed. What a kill leaves is a <c>NAME.GUID.tmp</c>, the
/// litter that distribution 3.1 leaves too, and that no reader looks at.
/// </summary>
/// <param name="flushes">True: each is on the disk before it gets its name, so that it is whole even after a power failure.</param>
/// <param name="owner">Whom files and new folders are given to.</param>
/// <param name="work">A folder on the same file system for what is not finished; null for each file's own.</param>
internal sealed class AtomicFiles(bool flushes, FileOwner? owner = null, string? work = null)
{
    /// <summary>Writes a file, and makes the folders above it that are missing.</summary>
    public void Write(string path, ReadOnlySpan<byte> content)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        var temporary = $"{(work is null ? path : Path.Join(work, Path.GetFileName(path)))}.{Guid.NewGuid():N}.tmp";
        try
        {
            Create(temporary, content);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a new file at once, into a folder that nobody reads before it is moved as a whole; makes the folders that are missing.</summary>
    public void WriteUnseen(string path, ReadOnlySpan<byte> content)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        Create(path, content);
    }

    /// <summary>Moves a finished file to its place, over what is there.</summary>
    public void Move(string file, string path)
    {
        CreateFolder(Path.GetDirectoryName(path)!);
        owner?.Give(file);
        File.Move(file, path, overwrite: true);
    }

    /// <summary>Makes a folder, and those above it that are missing.</summary>
    public void CreateFolder(string path)
    {
        if (owner is not { } wanted)
        {
            Directory.CreateDirectory(path);
            return;
        }
        var missing = new Stack<string>();
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            missing.Push(folder);
        foreach (var folder in missing)
        {
            Directory.CreateDirectory(folder);
            wanted.Give(folder);
        }
    }

    private void Create(string path, ReadOnlySpan<byte> content)
    {
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.Write(file, content, 0);
            if (flushes)
                RandomAccess.FlushToDisk(file);
        }
        owner?.Give(path);
    }
}
