using System.Text;
using TransferEngine.Images;
using TransferEngine.TestKit.Trees;

namespace TransferEngine.Integration.Tests.Harbor;

/// <summary>
/// What a Harbor of a small company holds: a public project, one of a team with signed images and repositories below repositories, and
/// one that only its own members see.
/// </summary>
internal sealed class HarborImages
{
    public const string Public = "library";
    public const string Team = "team";
    public const string Others = "others";

    private readonly StorageTreeBuilder _tree;
    private readonly List<(string Repository, string Reference, Digest Digest)> _all = [];

    public HarborImages(string folder)
    {
        _tree = new StorageTreeBuilder(folder);
        Add($"{Public}/alpine", "3.20");
        Add($"{Others}/secret", "1");
        Add($"{Team}/deep/er/tool", "v1");
        AddSigned($"{Team}/app");
    }

    /// <summary>Tags, and what has no tag but refers to an image, of some projects.</summary>
    public IReadOnlyList<(string Repository, string Reference, Digest Digest)> Of(params string[] projects) =>
        [.. _all.Where(image => projects.Contains(image.Repository.Split('/')[0]))];

    private void Add(string repository, string tag) => _all.Add((repository, tag, _tree.AddImage(repository, tag, "a base", $"of {repository}").Digest));

    // An index with a signature by tag, an attestation by tag, and a bill of materials by its subject.
    private void AddSigned(string repository)
    {
        var children = new[] { _tree.AddImage(repository, null, "a base", "amd64"), _tree.AddImage(repository, null, "a base", "arm64") };
        var index = _tree.AddIndex(repository, "1.0", children);
        _all.Add((repository, "1.0", index.Digest));
        var tag = $"sha256-{index.Digest.Hex}";
        _all.Add((repository, tag + ".sig", AddAttached(repository, tag + ".sig", "application/vnd.dev.cosign.simplesigning.v1+json", null).Digest));
        _all.Add((repository, tag + ".att", AddAttached(repository, tag + ".att", "application/vnd.dsse.envelope.v1+json", null).Digest));
        var bill = AddAttached(repository, null, "application/spdx+json", index with { MediaType = MediaType.OciIndex });
        _all.Add((repository, bill.Digest.ToString(), bill.Digest));
    }

    private Descriptor AddAttached(string repository, string? tag, string layerType, Descriptor? subject) => _tree.AddImage(repository, tag,
        new ImageSpec(_tree.AddBlob("{}"u8), [_tree.AddBlob(Encoding.UTF8.GetBytes($"{{\"is\":\"{layerType}\"}}"), layerType)]) { Subject = subject });
}
