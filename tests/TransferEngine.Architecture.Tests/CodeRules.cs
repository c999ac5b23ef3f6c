using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace TransferEngine.Architecture.Tests;

public sealed class CodeRules
{
    [Fact]
    public void No_file_outgrows_three_hundred_lines() =>
        Assert.DoesNotContain(SourceTree.CodeFiles(), path => File.ReadLines(path).Count() > 300);

    [Fact]
    public void Every_public_type_says_what_it_is()
    {
        var undocumented = SourceTree.ProductAssemblies.SelectMany(assembly =>
        {
            var documented = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")
                .Where(member => !string.IsNullOrWhiteSpace(member.Element("summary")?.Value))
                .Select(member => member.Attribute("name")!.Value)
                .ToHashSet(StringComparer.Ordinal);
            return assembly.GetExportedTypes().Where(type => !type.IsNested).Select(type => type.FullName!).Where(name => !documented.Contains("T:" + name));
        });
        Assert.Empty(undocumented);
    }

    [Fact]
    public void A_class_that_nobody_inherits_from_is_sealed()
    {
        var types = SourceTree.ProductAssemblies.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.IsClass && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !type.Name.StartsWith('<'))
            .ToList();
        var inherited = types.Select(type => type.BaseType).OfType<Type>().Select(type => type.IsGenericType ? type.GetGenericTypeDefinition() : type).ToHashSet();
        Assert.DoesNotContain(types, type => !type.IsSealed && !type.IsAbstract && !inherited.Contains(type));
    }

    [Fact]
    public void Who_asserts_an_exit_code_shows_what_the_program_said()
    {
        var bare = new Regex(@"Assert\.(Not)?Equal\([^;]*(\.ExitCode\b|, exitCode\b|await _?run\.RunAsync\()", RegexOptions.CultureInvariant);
        var offenders = SourceTree.CodeFiles()
            .Where(path => path.Contains("TransferEngine.Cli.Tests", StringComparison.Ordinal) || path.Contains("TransferEngine.Integration.Tests", StringComparison.Ordinal))
            .SelectMany(path => File.ReadLines(path).Where(line => bare.IsMatch(line)).Select(line => $"{Path.GetFileName(path)}: {line.Trim()}"));
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_test_is_skipped_and_no_work_is_left_for_later()
    {
        string[] forbidden = ["(Skip =", ", Skip =", "TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception"];
        var offenders = SourceTree.CodeFiles()
            .Where(path => !path.EndsWith(nameof(CodeRules) + ".cs", StringComparison.Ordinal))
            .Where(path => forbidden.Any(File.ReadAllText(path).Contains));
        Assert.Empty(offenders);
    }
}
