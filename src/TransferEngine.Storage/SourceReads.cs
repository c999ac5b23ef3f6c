using System.Runtime.CompilerServices;
using TransferEngine.Images;

namespace TransferEngine.Storage;

/// <summary>How sources that read on the calling thread answer the port's asynchronous questions.</summary>
internal static class SourceReads
{
    /// <summary>A failure travels in the task, with the repository and digest that it concerns.</summary>
    public static ValueTask<T> Attempt<T>(RepositoryName repository, Digest? digest, ErrorScope scope, Func<T> read, CancellationToken cancellationToken) =>
        AttemptAsync(repository, digest, scope, () => ValueTask.FromResult(read()), cancellationToken);

    /// <inheritdoc cref="Attempt"/>
    public static ValueTask<T> AttemptAsync<T>(RepositoryName repository, Digest? digest, ErrorScope scope, Func<ValueTask<T>> read, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<T>(cancellationToken) : BlamedAsync(repository, digest, scope, read);

    /// <summary>Items as they are asked for, until cancelled.</summary>
    public static async IAsyncEnumerable<T> Lazily<T>(Func<IEnumerable<T>> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var item in items())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    private static async ValueTask<T> BlamedAsync<T>(RepositoryName repository, Digest? digest, ErrorScope scope, Func<ValueTask<T>> read)
    {
        try
        {
            return await read();
        }
        catch (TransferException e)
        {
            throw new TransferException(e.Error with { Repository = repository, Digest = digest ?? e.Error.Digest, Scope = scope }, e.InnerException);
        }
    }
}
