using System.Text.RegularExpressions;
using Xunit;

namespace TransferEngine.Architecture.Tests;

/// <summary>No implementation of a port goes without the suite that holds it to what the port promises.</summary>
public sealed partial class ConformanceRules
{
    [Fact]
    public void Every_source_and_every_target_is_held_to_the_suite()
    {
        var tested = SourceTree.CodeFiles().Where(path => path.Contains("/Conformance/", StringComparison.Ordinal))
            .SelectMany(path => Marker().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var implementations = SourceTree.ProductAssemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.GetInterfaces().Any(port => port.Name is "IImageSource" or "IImageTarget"))
            .Select(type => type.Name).ToList();
        Assert.NotEmpty(implementations);
        Assert.Empty(implementations.Except(tested));
    }

    [GeneratedRegex(@"^\[Conforms<(\w+)>\]", RegexOptions.Multiline)]
    private static partial Regex Marker();
}
