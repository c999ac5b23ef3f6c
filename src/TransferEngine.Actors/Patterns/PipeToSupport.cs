namespace TransferEngine.Actors;

/// <summary>
/// Brings the outcome of a task back as a message. Touches no actor state: the task's thread only tells.
/// </summary>
public static class PipeToSupport
{
    /// <summary>Tells the result, or <see cref="Status.Failure"/>; the mappers may make other messages of them.</summary>
    public static async Task PipeTo<T>(
        this Task<T> taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<T, object>? success = null, Func<Exception, object>? failure = null)
    {
        sender ??= ActorCell.Current?.Self;
        object? message;
        try
        {
            var result = await taskToPipe.ConfigureAwait(false);
            message = success is null ? result : success(result);
        }
        catch (Exception e)
        {
            message = failure is null ? new Status.Failure(e) : failure(e);
        }
        if (message is not null)
            recipient.Tell(message, sender);
    }

    /// <summary>For a task without a result: tells what <paramref name="success"/> makes, if given.</summary>
    public static Task PipeTo(
        this Task taskToPipe, ICanTell recipient, IActorRef? sender = null, Func<object>? success = null, Func<Exception, object>? failure = null)
    {
        return AwaitAsync(taskToPipe).PipeTo(recipient, sender, _ => success?.Invoke()!, failure);

        static async Task<object?> AwaitAsync(Task task)
        {
            await task.ConfigureAwait(false);
            return null;
        }
    }
}
