using System.ComponentModel.DataAnnotations;

namespace TransferEngine;

/// <summary>
/// The engine's dials. Bound from the configuration section <c>transfer-engine</c>; every key stands with its default
/// and meaning in <c>hocon/transfer-engine.conf</c>.
/// </summary>
public sealed class EngineOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "transfer-engine";

    /// <summary>How the target's repositories are named, where a job does not say: rules as <see cref="RepositoryMapping"/> reads them, the first that matches decides.</summary>
    [MappingRules]
    public IReadOnlyList<string> Mapping { get; set; } = [];

    /// <summary>Repositories worked on at once.</summary>
    [Range(1, 1024)]
    public int OpenRepositories { get; set; } = 16;

    /// <summary>Images worked on at once within one repository.</summary>
    [Range(1, 1024)]
    public int ImagesPerRepository { get; set; } = 8;

    /// <summary>How often a failing repository is opened again before it is given up (quarantined).</summary>
    [Range(0, 100)]
    public int RepositoryRetries { get; set; } = 3;

    /// <summary>Pause before the first reopening; doubles each time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RepositoryBackoff { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// In how many parts the blob directory keeps its facts, each an actor with a journal of its own. A job keeps the number of its first run.
    /// </summary>
    [Range(1, 64)]
    public int BlobPartitions { get; set; } = 1;

    /// <summary>Blobs uploaded at once: the fixed crew of pushers.</summary>
    [Range(1, 256)]
    public int Pushers { get; set; } = 8;

    /// <summary>Requests without content (HEAD, mount, manifest) in flight at once, beside the pushers' uploads.</summary>
    [Range(1, 1024)]
    public int Requests { get; set; } = 16;

    /// <summary>Bytes that one pusher may read ahead of the target. Pushers times this bounds the content in memory.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int PipeBytes { get; set; } = 1024 * 1024;

    /// <summary>How often a broken upload is taken up again before the blob has failed.</summary>
    [Range(0, 100)]
    public int BlobRetries { get; set; } = 5;

    /// <summary>Pause before the first new try of a broken upload; doubles each time, with jitter.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan BlobBackoff { get; set; } = TimeSpan.FromMilliseconds(500);
}
