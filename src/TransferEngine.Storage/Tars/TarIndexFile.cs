using System.Security.Cryptography;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Tars;

/// <summary>
/// An index kept for the next time. After a mark with the version come the archive's identity, the names (each once) and the nodes,
/// a folder before what is in it; at the end the SHA-256 of all of it. The file may be deleted at any time. It is its owner's alone:
/// it names private repositories.
/// </summary>
internal static class TarIndexFile
{
    public const string Extension = ".tarindex";

    private const int MaxDepth = 64;

    // Another first line, another format: the version is its last digit.
    private static readonly byte[] Mark = "transfer-tarindex-1\n"u8.ToArray();

    private enum Kind : byte
    {
        Folder,
        File,
        Link,
        Trouble,
        Sparse,
        Content,
    }

    /// <summary>The index kept for this archive; null if there is none that fits and is sound.</summary>
    public static TarIndex? Read(string folder, TarIdentity identity, RegistryTreeOptions options)
    {
        try
        {
            using var file = new FileStream(Path.Join(folder, identity.FileName), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024);
            if (!IsSound(file))
                return null;
            using var reader = new BinaryReader(file, Encoding.UTF8);
            if (!reader.ReadBytes(Mark.Length).AsSpan().SequenceEqual(Mark)
                || new TarIdentity(reader.ReadString(), reader.ReadInt64(), reader.ReadInt64()) != identity)
                return null;
            var index = new TarIndex(identity, options) { Members = reader.Read7BitEncodedInt() };
            index.Damage = reader.ReadString() is { Length: > 0 } damage ? damage : null;
            if (index.Members > options.TarMembers)
                return null;
            var names = new string[Bounded(reader.Read7BitEncodedInt(), file.Length)];
            for (var i = 0; i < names.Length; i++)
                names[i] = reader.ReadString();
            ReadChildren(reader, index, index.Top, names, 0);
            return index;
        }
        // Not there, not readable, or not what a sound file of this version holds.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or InvalidDataException or ArgumentException or IndexOutOfRangeException or TransferException)
        {
            return null;
        }
    }

    /// <summary>Keeps an index, in place of older ones of the same path. Where that is not possible, it is not kept.</summary>
    public static void Write(string folder, TarIdentity identity, TarIndex index)
    {
        var path = Path.Join(folder, identity.FileName);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            CreateFolder(folder);
            using (var file = new FileStream(temporary, OwnersAlone()))
            {
                using (var writer = new BinaryWriter(file, Encoding.UTF8, leaveOpen: true))
                    Write(writer, identity, index);
                file.Position = 0;
                file.Write(SHA256.HashData(file));
                file.Flush(flushToDisk: true);
            }
            foreach (var older in Directory.EnumerateFiles(folder, identity.Prefix + "*" + Extension))
                File.Delete(older);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (TreeErrors.IsFileTrouble(e))
        {
            // A full or read-only disk costs the next run a pass, nothing more.
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static FileStreamOptions OwnersAlone()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 64 * 1024 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private static bool IsSound(FileStream file)
    {
        var length = file.Length - SHA256.HashSizeInBytes;
        if (length < Mark.Length)
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        for (var left = length; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                return false;
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        file.ReadExactly(buffer, 0, SHA256.HashSizeInBytes);
        file.Position = 0;
        return hash.GetHashAndReset().AsSpan().SequenceEqual(buffer.AsSpan(0, SHA256.HashSizeInBytes));
    }

    private static void Write(BinaryWriter writer, TarIdentity identity, TarIndex index)
    {
        writer.Write(Mark);
        writer.Write(identity.Path);
        writer.Write(identity.Length);
        writer.Write(identity.Changed);
        writer.Write7BitEncodedInt(index.Members);
        writer.Write(index.Damage ?? "");
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        Collect(index.Top, names);
        writer.Write7BitEncodedInt(names.Count);
        // A dictionary that nothing was taken from keeps the order in which it was filled; written in the order of the numbers all the same.
        foreach (var (name, _) in names.OrderBy(entry => entry.Value))
            writer.Write(name);
        WriteChildren(writer, index.Top, names);
    }

    private static void Collect(TarNode folder, Dictionary<string, int> names)
    {
        foreach (var (name, child) in folder.Children)
        {
            names.TryAdd(name, names.Count);
            Collect(child, names);
        }
    }

    private static void WriteChildren(BinaryWriter writer, TarNode folder, Dictionary<string, int> names)
    {
        writer.Write7BitEncodedInt(folder.ChildCount);
        foreach (var (name, child) in folder.Children)
        {
            writer.Write7BitEncodedInt(names[name]);
            WriteNode(writer, child);
            WriteChildren(writer, child, names);
        }
    }

    private static void WriteNode(BinaryWriter writer, TarNode node)
    {
        var kind = node switch
        {
            { LinkTarget: not null } => Kind.Link,
            { Trouble: not null } => Kind.Trouble,
            { Sparse: not null } => Kind.Sparse,
            { Content: not null } => Kind.Content,
            { Offset: >= 0 } => Kind.File,
            _ => Kind.Folder,
        };
        writer.Write((byte)kind);
        if (kind is Kind.Link or Kind.Trouble)
            writer.Write(node.LinkTarget ?? node.Trouble!);
        if (kind is not (Kind.File or Kind.Sparse or Kind.Content))
            return;
        writer.Write7BitEncodedInt64(node.Offset);
        writer.Write7BitEncodedInt64(node.Length);
        if (node.Content is { } content)
            writer.Write(content);
        if (node.Sparse is not { } map)
            return;
        writer.Write7BitEncodedInt(map.Count);
        foreach (var (start, length) in map.Segments)
        {
            writer.Write7BitEncodedInt64(start);
            writer.Write7BitEncodedInt64(length);
        }
    }

    private static void ReadChildren(BinaryReader reader, TarIndex index, TarNode folder, string[] names, int depth)
    {
        if (depth > MaxDepth)
            throw new InvalidDataException();
        for (var count = reader.Read7BitEncodedInt(); count > 0; count--)
        {
            var name = names[reader.Read7BitEncodedInt()];
            var child = ReadNode(reader);
            index.Set(folder, name, child);
            ReadChildren(reader, index, child, names, depth + 1);
        }
    }

    private static TarNode ReadNode(BinaryReader reader)
    {
        var kind = (Kind)reader.ReadByte();
        if (kind == Kind.Folder)
            return new TarNode();
        if (kind is Kind.Link)
            return new TarNode { LinkTarget = reader.ReadString() };
        if (kind is Kind.Trouble)
            return new TarNode { Trouble = reader.ReadString() };
        var (offset, length) = (reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        if (offset < 0 || length < 0)
            throw new InvalidDataException();
        return kind switch
        {
            Kind.File => new TarNode { Offset = offset, Length = length },
            Kind.Content => new TarNode { Offset = offset, Length = length, Content = reader.ReadBytes(Bounded(length, Manifest.MaxBytes)) },
            Kind.Sparse => new TarNode { Offset = offset, Length = length, Sparse = SparseMap.Of(ReadSegments(reader), length) },
            _ => throw new InvalidDataException(),
        };
    }

    private static List<(long, long)> ReadSegments(BinaryReader reader)
    {
        var segments = new List<(long, long)>();
        for (var count = Bounded(reader.Read7BitEncodedInt(), SparseMap.MaxSegments); count > 0; count--)
            segments.Add((reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64()));
        return segments;
    }

    private static int Bounded(long count, long limit) => count >= 0 && count <= limit ? (int)count : throw new InvalidDataException();
}
