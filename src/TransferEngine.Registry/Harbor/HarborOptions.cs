using System.ComponentModel.DataAnnotations;
using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>What is particular to Harbor as a target. Bound from the configuration section <c>transfer-engine:harbor</c>.</summary>
public sealed class HarborOptions
{
    /// <summary>Whether projects that are missing are created; if not, they are named and their images fail.</summary>
    public bool CreateProjects { get; set; } = true;

    /// <summary>Who may pull from a project that is created.</summary>
    public HarborVisibility Visibility { get; set; }

    /// <summary>Storage limit in bytes of a project that is created: -1 for none, 0 for what Harbor gives by default. Only administrators may set one.</summary>
    [Range(-1L, long.MaxValue)]
    public long StorageLimit { get; set; }

    /// <summary>The project of repositories that have no folder, such as <c>alpine</c>.</summary>
    [RegularExpression("[a-z0-9]+(?:[._-][a-z0-9]+)*")]
    public string DefaultProject { get; set; } = "library";

    /// <summary>Manifests pushed at once into one project: they queue on one row of Harbor's database.</summary>
    [Range(1, 64)]
    public int PushesPerProject { get; set; } = 4;
}
