using System.Collections.Concurrent;
using TransferEngine.Images;
using TransferEngine.Storage.Files;

namespace TransferEngine.Storage.RegistryTree;

/// <summary>
/// What systems left in a tree (<see cref="Litter"/>) is no image and no failure: it is passed over, and told in one note. Each entry counts
/// once, however often it is listed. May be used concurrently.
/// </summary>
internal sealed class LeftAlone
{
    private const int MaxCounted = 10_000;
    private const int Examples = 3;

    private readonly ConcurrentDictionary<string, string> _entries = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Notes
    {
        get
        {
            List<string> names = [.. _entries.Values.Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).Take(Examples).Select(Printable.Of)];
            if (names.Count == 0)
                return [];
            var count = _entries.Count < MaxCounted ? $"{_entries.Count} {(_entries.Count == 1 ? "entry" : "entries")}" : $"{MaxCounted} entries or more";
            return [$"{count} that {(_entries.Count == 1 ? "is" : "are")} no repository or tag, such as {string.Join(", ", names)}, {(_entries.Count == 1 ? "was" : "were")} left alone: systems leave them in folders."];
        }
    }

    /// <summary>Whether an entry is to be passed over; then it is counted.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isMeant">Asked where the name speaks against it: whether it is what one looks for all the same.</param>
    public bool Is(string folder, string name, Func<bool> isMeant)
    {
        if (!Litter.Is(name) || isMeant())
            return false;
        if (_entries.Count < MaxCounted)
            _entries.TryAdd(Path.Join(folder, name), name);
        return true;
    }
}
