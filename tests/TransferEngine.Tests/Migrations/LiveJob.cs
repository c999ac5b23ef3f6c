using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Progress;
using TransferEngine.Pushers;

namespace TransferEngine.Tests.Migrations;

/// <summary>What is live of a job, for tests of a part of the engine: nobody observes it, and nothing limits its rate.</summary>
internal static class LiveJob
{
    public static JobRuntime Of(MigrationJob job, DetachedWork work, EngineOptions? options = null, TimeProvider? time = null, IHashedFiles? hashed = null)
    {
        options ??= new EngineOptions();
        time ??= TimeProvider.System;
        return new JobRuntime
        {
            Job = job,
            Options = options,
            Work = work,
            Meter = new MigrationMeter(time, options.Pushers),
            Rate = new RateLimit(0, time),
            Hashed = hashed ?? new MemoryHashedFiles(),
            Time = time,
            Observer = NoObserver.Instance,
        };
    }

    private sealed class NoObserver : IMigrationObserver
    {
        public static NoObserver Instance { get; } = new();

        public void OnStarted(IMigrationProgress progress)
        {
        }

        public void OnImage(ImageResult image)
        {
        }
    }
}
