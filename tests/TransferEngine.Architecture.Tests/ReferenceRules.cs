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
        ["TransferEngine.Service"] = ["TransferEngine.Hosting"],
        ["TransferEngine.Cli"] = ["TransferEngine.Hosting", "TransferEngine.Service"],
    };

    public static TheoryData<string> Projects => [.. SourceTree.ProjectNames()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_layout_allows(string project)
    {
        var file = XDocument.Load(Path.Combine(SourceTree.Root, "src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).ToList();
        Assert.Empty(references.Except(Allowed[project]));
    }

    [Fact]
    public void Actors_never_see_HTTP_or_SQL_and_the_ports_never_see_actors()
    {
        Assert.DoesNotContain(ReferencesOf("TransferEngine"), name => name.StartsWith("System.Net", StringComparison.Ordinal) || name.Contains("Sqlite", StringComparison.Ordinal));
        foreach (var port in new[] { "TransferEngine.Images", "TransferEngine.Registry", "TransferEngine.Storage" })
            Assert.DoesNotContain(ReferencesOf(port), name => name.StartsWith("Akka", StringComparison.Ordinal));
    }

    private static IEnumerable<string> ReferencesOf(string assembly) =>
        SourceTree.ProductAssemblies.Single(product => product.GetName().Name == assembly).GetReferencedAssemblies().Select(name => name.Name!);
}
