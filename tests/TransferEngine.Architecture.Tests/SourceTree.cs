using System.Reflection;
using System.Runtime.CompilerServices;

namespace TransferEngine.Architecture.Tests;

/// <summary>The checkout that these tests were built from, and the product's assemblies beside them.</summary>
internal static class SourceTree
{
    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<Assembly> ProductAssemblies { get; } =
        [.. ProjectNames().Select(name => name == "TransferEngine.Cli" ? "transfer" : name).Select(name => Assembly.Load(new AssemblyName(name)))];

    public static IEnumerable<string> ProjectNames() => Directory.EnumerateDirectories(Path.Combine(Root, "src")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    public static IEnumerable<string> CodeFiles() => new[] { "src", "tests", "perf" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
