using System.Text.Json;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Storage.Layouts;

/// <summary>
/// The index of a layout that is a target: looked at without any change, taken for this process by the first write, and written now and
/// then, with a journal of what was put since. May be used concurrently.
/// </summary>
/// <param name="store">Where it is.</param>
/// <param name="defaultRepository">Whom a tag alone belongs to.</param>
/// <param name="time">For how often the index is written.</param>
internal sealed class LayoutSession(LayoutStore store, string defaultRepository, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan IndexInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private LayoutIndex? _index;
    private JsonElement? _root;
    private PutJournal? _journal;
    private long _written;
    private bool _isEnded;

    /// <summary>Whether something was written and is not complete.</summary>
    public bool IsUnfinished => _journal is not null && !_isEnded;

    public T Look<T>(Func<LayoutIndex, T> look)
    {
        lock (_lock)
            return look(_index ??= Read(PutJournal.Read(store.JournalPath)));
    }

    /// <summary>Before the first write: takes the layout for this process alone, and reads once more what another one may have changed.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_journal is not null)
                return;
            Look(index => index.IsChanged);
            store.Prepare();
            var journal = PutJournal.Open(store.JournalPath);
            try
            {
                _index = Read(journal.Read());
                store.Begin();
                _written = time.GetTimestamp();
                _journal = journal;
            }
            catch
            {
                journal.Dispose();
                throw;
            }
        }
    }

    /// <exception cref="TransferException"><see cref="ErrorCode.TargetRejected"/>: the index is full.</exception>
    public void Put(RepositoryName repository, Reference reference, Manifest manifest)
    {
        lock (_lock)
        {
            if (_index!.IsFull)
                throw new TransferException(new TransferError(ErrorCode.TargetRejected, "The layout's index has no room for more images: it would be larger than anybody reads.")
                { Path = store.Path, Hint = "Put the others into another layout, by --include and --exclude." });
            _journal!.Append(new PutRecord(repository, reference, manifest.Digest));
            _index.Put(repository, reference, manifest);
            if (store.KeepsIndex && time.GetElapsedTime(_written) >= IndexInterval)
                Write();
        }
    }

    public void Complete()
    {
        lock (_lock)
        {
            // Also where nothing is new: what an earlier run left unfinished gets its end.
            if (Look(index => index.IsChanged))
                Begin();
            if (_journal is not null)
            {
                Write();
                store.Complete();
                _journal.Delete();
            }
            _isEnded = true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            try
            {
                if (IsUnfinished && store.KeepsIndex)
                {
                    Write();
                    _journal!.Delete();
                }
            }
            catch (Exception e) when (TreeErrors.IsFileTrouble(e))
            {
                // The journal keeps what the index lacks, for the next run.
            }
            _journal?.Dispose();
            store.Dispose();
        }
    }

    private LayoutIndex Read(IEnumerable<PutRecord> journal)
    {
        if (store.OpenExisting() is not { } reader)
            return new LayoutIndex();
        var index = LayoutIndexFile.Read(reader, defaultRepository, out _root);
        foreach (var put in journal)
            if (LayoutIndexFile.TryRead(reader, put.Manifest) is { } manifest)
                index.Put(put.Repository, put.Reference, manifest);
        return index;
    }

    private void Write()
    {
        store.WriteIndex(LayoutIndexFile.Write(_index!, _root));
        if (store.KeepsIndex)
            _journal!.Clear();
        _written = time.GetTimestamp();
    }
}
