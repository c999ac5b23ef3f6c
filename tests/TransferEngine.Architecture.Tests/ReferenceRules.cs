using System.Xml.Linq;
using Xunit;

namespace TransferEngine.Architecture.Tests;

/// <summary>Who may reference whom. A project that is not in the table fails: it must be thought about first.</summary>
public sealed class ReferenceRules
{
    private const string Actors = "TransferEngine.Actors";

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["TransferEngine.Images"] = [],
        [Actors] = [],
        ["TransferEngine.Hocon"] = [],
        ["TransferEngine.Registry"] = ["TransferEngine.Images"],
        ["TransferEngine.Storage"] = ["TransferEngine.Images"],
        ["TransferEngine"] = ["TransferEngine.Images", Actors],
        ["TransferEngine.Persistence"] = ["TransferEngine", Actors],
        ["TransferEngine.Hosting"] = ["TransferEngine", "TransferEngine.Registry", "TransferEngine.Storage", "TransferEngine.Hocon", "TransferEngine.Persistence", Actors],
        ["TransferEngine.Service"] = ["TransferEngine.Hosting"],
        ["TransferEngine.Cli"] = ["TransferEngine.Hosting", "TransferEngine.Service", Actors],
    };

    public static TheoryData<string> Projects => [.. SourceTree.ProjectNames()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_layout_allows(string project)
    {
        var file = XDocument.Load(Path.Combine(SourceTree.Root, "src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).ToList();
        // Directory.Build.targets adds the actor runtime to projects that hold actors.
        if (file.Descendants("UsesActors").Any(property => property.Value == "true"))
            references.Add(Actors);
        Assert.Empty(references.Except(Allowed[project]));
    }

    [Fact]
    public void Actors_never_see_HTTP_or_SQL_and_the_ports_never_see_actors()
    {
        Assert.DoesNotContain(ReferencesOf("TransferEngine"), name => name.StartsWith("System.Net", StringComparison.Ordinal) || name.Contains("Sqlite", StringComparison.Ordinal));
        Assert.DoesNotContain(Actors, ReferencesOf("TransferEngine.Registry"));
        Assert.DoesNotContain(Actors, ReferencesOf("TransferEngine.Storage"));
    }

    private static IEnumerable<string> ReferencesOf(string assembly) =>
        SourceTree.ProductAssemblies.Single(product => product.GetName().Name == assembly).GetReferencedAssemblies().Select(name => name.Name!);
}
