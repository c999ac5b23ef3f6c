namespace TransferEngine.Actors;

/// <summary>Asking an actor from outside.</summary>
public static class Futures
{
    /// <summary>
    /// Tells the message from a temporary reference and returns the answer. Unlike Akka.NET's, a timeout must be given: without one
    /// an actor that does not answer would be waited for forever.
    /// </summary>
    /// <exception cref="AskTimeoutException">No answer in time.</exception>
    /// <exception cref="InvalidCastException">The answer is of another type.</exception>
    public static async Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken = default)
    {
        if (timeout is not { } limit || limit <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "An ask needs a timeout.");
        var promise = new PromiseRef();
        self.Tell(message, promise);
        try
        {
            var time = self is LocalActorRef local ? local.Cell.System.Time : TimeProvider.System;
            var answer = await promise.Answer.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return answer is Status.Failure failure ? throw failure.Cause : (T)answer;
        }
        catch (TimeoutException)
        {
            throw new AskTimeoutException($"{self} did not answer {message.GetType().Name} within {limit}.");
        }
    }

    /// <summary>A reference that stands for one answer.</summary>
    private sealed class PromiseRef : InternalActorRef
    {
        private static readonly ActorPath Parent = ActorPath.Root("temp");
        private static long s_uid;

        private readonly TaskCompletionSource<object> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<object> Answer => _answer.Task;

        public override ActorPath Path { get; } = Parent.Child("ask", Interlocked.Increment(ref s_uid));

        public override void Tell(object message, IActorRef? sender) => _answer.TrySetResult(message);

        public override void TellSystem(SystemMessage message)
        {
        }
    }
}
