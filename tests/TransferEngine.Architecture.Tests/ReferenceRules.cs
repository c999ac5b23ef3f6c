using System.Xml.Linq;
using Xunit;

namespace TransferEngine.Architecture.Tests;

/// <summary>Who may reference whom. A project that is not in the table fails: it must be thought about first.</summary>
public sealed class ReferenceRules
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["TransferEngine.Images"] = [],
        ["TransferEngine.Hocon"] = [],
        ["TransferEngine.Registry"] = ["TransferEngine.Images"],
        ["TransferEngine.Storage"] = ["TransferEngine.Images"],
        ["TransferEngine"] = ["TransferEngine.Images"],
        ["TransferEngine.Persistence"] = ["TransferEngine"],
        ["TransferEngine.Hosting"] = ["TransferEngine", "TransferEngine.Registry", "TransferEngine.Storage", "TransferEngine.Hocon", "TransferEngine.Persistence"],
        ["TransferEngine.AkkaHosting"] = ["TransferEngine.Hosting"],
        ["TransferEngine.Service"] = ["TransferEngine.Hosting"],
        ["TransferEngine.Cli"] = ["TransferEngine.Hosting", "TransferEngine.Service"],
    };

    public static TheoryData<string> Projects => [.. SourceTree.ProjectNames()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_layout_allows(string project) =>
        Assert.Empty(ItemsOf(project, "ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference)).Except(Allowed[project]));

    // It brings OpenTelemetry along, and half a second of CPU at each start.
    [Fact]
    public void Only_the_extension_for_its_hosts_carries_Akka_Hosting() =>
        Assert.Equal(["TransferEngine.AkkaHosting"], SourceTree.ProjectNames().Where(project => ItemsOf(project, "PackageReference")
            .Any(name => name.StartsWith("Akka.", StringComparison.Ordinal) && name.EndsWith("Hosting", StringComparison.Ordinal))));

    // Who embeds the engine needs .NET's runtime and no other.
    [Fact]
    public void Only_the_service_needs_ASP_NET() =>
        Assert.Equal(["TransferEngine.Service"], SourceTree.ProjectNames().Where(project => ItemsOf(project, "FrameworkReference").Any()));

    [Fact]
    public void Actors_never_see_HTTP_or_SQL_and_the_ports_never_see_actors()
    {
        Assert.DoesNotContain(ReferencesOf("TransferEngine"), name => name.StartsWith("System.Net", StringComparison.Ordinal) || name.Contains("Sqlite", StringComparison.Ordinal));
        foreach (var port in new[] { "TransferEngine.Images", "TransferEngine.Registry", "TransferEngine.Storage" })
            Assert.DoesNotContain(ReferencesOf(port), name => name.StartsWith("Akka", StringComparison.Ordinal));
    }

    private static IEnumerable<string> ItemsOf(string project, string kind) => XDocument.Load(Path.Combine(SourceTree.Root, "src", project, project + ".csproj"))
        .Descendants(kind).Select(item => item.Attribute("Include")!.Value);

    private static IEnumerable<string> ReferencesOf(string assembly) =>
        SourceTree.ProductAssemblies.Single(product => product.GetName().Name == assembly).GetReferencedAssemblies().Select(name => name.Name!);
}
