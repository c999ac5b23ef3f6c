using System.Globalization;
using System.Net;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>
/// Sends again what may go well when it is sent again: after silence, after a server's passing trouble, and after a page that somebody else
/// answered with. Tries are counted only while the registry answers somebody; while it answers nobody, being restarted or cut off, it is asked until
/// it has been silent for <see cref="RegistryOptions.MaxOutage"/>, and only then the whole of it is given up.
/// </summary>
internal sealed class Retries(RegistryOptions options, TimeProvider time, HostPulse pulse, HostPause pause, PullLimit pullLimit, RegistryTelemetry telemetry)
{
    // What is down is asked often enough for its return to be noticed soon.
    private const int LongestStepOfOutage = 3;

    /// <summary>What came of one try: an answer, or nothing.</summary>
    private readonly record struct Try(HttpResponseMessage? Response, Exception? Cause, bool IsFinal, bool IsPaused)
    {
        public string Reason => IsPaused ? RetryReason.Throttled : Response is { } response ? RetryReason.Of(response) : RetryReason.Of(Cause!);
    }

    /// <returns>The answer, whatever its status; what passes only after as many tries as the options say.</returns>
    /// <exception cref="TransferException">There was none.</exception>
    public async Task<HttpResponseMessage> RunAsync(Func<Task<HttpResponseMessage>> send, RequestSubject subject, CancellationToken cancellationToken)
    {
        var began = pulse.Now;
        for (int attempt = 0, failures = 0; ; failures++)
        {
            var sent = pulse.Now;
            var tried = await TryAsync(send, subject, cancellationToken);
            if (tried.IsFinal)
                return tried.Response!;
            var isBeating = await pulse.IsBeatingAsync(sent, cancellationToken);
            if (isBeating && attempt++ == options.RetryTimes)
                return tried.Response ?? throw ErrorOf(tried.Cause!, subject);
            if (!isBeating && pulse.IsGone(began))
                throw await GoneAsync(tried, subject, cancellationToken);
            tried.Response?.Dispose();
            var reason = isBeating ? tried.Reason : RetryReason.Outage;
            if (tried.IsPaused)
                await PauseAsync(reason, cancellationToken);
            else
                await BackOffAsync(isBeating ? attempt - 1 : Math.Min(failures, LongestStepOfOutage), reason, cancellationToken);
        }
    }

    /// <summary>The pause before the next try of something that has failed <paramref name="attempt"/> + 1 times.</summary>
    /// <param name="attempt">How many tries there were before.</param>
    /// <param name="reason">One of <see cref="RetryReason"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task BackOffAsync(int attempt, string reason, CancellationToken cancellationToken)
    {
        var step = options.RetryDelay * Math.Pow(2, Math.Min(attempt, 16)) * (0.5 + Random.Shared.NextDouble());
        var backOff = step < options.MaxRetryDelay ? step : options.MaxRetryDelay;
        telemetry.Retried(reason);
        telemetry.Paused(reason, backOff);
        return Task.Delay(backOff, time, cancellationToken);
    }

    private Task PauseAsync(string reason, CancellationToken cancellationToken)
    {
        telemetry.Retried(reason);
        return pause.WaitAsync(cancellationToken);
    }

    private async Task<Try> TryAsync(Func<Task<HttpResponseMessage>> send, RequestSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            var response = await send();
            pullLimit.Note(response);
            var isPaused = pause.Note(response);
            if (Proof.IsPage(response))
            {
                response.Dispose();
                return new Try(null, Proof.Page(subject), IsFinal: false, isPaused);
            }
            if (!await RegistryErrors.IsPassingAsync(response, cancellationToken))
                return new Try(response, null, IsFinal: true, isPaused);
            if (response.StatusCode != HttpStatusCode.TooManyRequests || isPaused || !pullLimit.IsSpent)
                return new Try(response, null, IsFinal: false, isPaused);
            response.Dispose();
            throw pullLimit.Spent(subject.Host);
        }
        catch (Exception e) when (Silence.Is(e))
        {
            if (Silence.FindSaid(e) is { } said)
                throw new TransferException(subject.Of(said.Error) with { Scope = subject.Scope }, e);
            return new Try(null, e, IsFinal: false, IsPaused: false);
        }
    }

    private static TransferException ErrorOf(Exception cause, RequestSubject subject) => cause as TransferException ?? Silence.Error(cause, subject);

    private async Task<TransferException> GoneAsync(Try tried, RequestSubject subject, CancellationToken cancellationToken)
    {
        var last = tried.Response is { } response ? await RegistryErrors.FromAsync(response, subject, cancellationToken) : ErrorOf(tried.Cause!, subject);
        tried.Response?.Dispose();
        var seconds = options.MaxOutage.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        return new TransferException(last.Error with
        {
            Scope = ErrorScope.Endpoint,
            Message = $"{last.Error.Message.TrimEnd('.')}; nobody has had an answer for {seconds} seconds.",
            Hint = last.Error.Hint ?? "See that the registry runs and can be reached from here.",
        }, last.InnerException);
    }
}
