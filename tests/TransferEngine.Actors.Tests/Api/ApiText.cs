using System.Reflection;
using System.Text.RegularExpressions;

namespace TransferEngine.Actors.Tests.Api;

/// <summary>An assembly's public types and members as text: names without namespaces, nullable marks of references dropped.</summary>
internal static partial class ApiText
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool",
        [typeof(int)] = "int", [typeof(long)] = "long", [typeof(byte)] = "byte",
    };

    public static IEnumerable<(string Type, IReadOnlyList<string> Members)> Of(Assembly assembly) =>
        assembly.GetExportedTypes().OrderBy(NameOf, StringComparer.Ordinal).Select(type => (NameOf(type), MembersOf(type)));

    /// <summary>A member of Akka's approved API in the same form.</summary>
    public static string Normalize(string line)
    {
        line = Tail().Replace(line.Trim(), "");
        line = Modifiers().Replace(line, "");
        line = Nullables().Replace(line, "$1?");
        line = Namespaces().Replace(line, "");
        line = line.Replace("@", "", StringComparison.Ordinal).Replace("Exception? ", "Exception ", StringComparison.Ordinal);
        return Access().IsMatch(line) ? line : "public " + line;
    }

    private static string NameOf(Type type) => (type.DeclaringType is { } outer ? NameOf(outer) + "." : "") + type.Name;

    private static IReadOnlyList<string> MembersOf(Type type)
    {
        if (type.IsEnum)
            return [.. Enum.GetValuesAsUnderlyingType(type).Cast<int>().Select(value => $"public {Enum.GetName(type, value)} = {value}")];
        if (type.IsSubclassOf(typeof(Delegate)))
            return [Signature(type.GetMethod("Invoke")!).Replace(" Invoke(", $" {type.Name}(", StringComparison.Ordinal)];
        var members = type.GetMembers(Declared).Select(Render).OfType<string>();
        return [.. members.Order(StringComparer.Ordinal)];
    }

    private static string? Render(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } made when IsSeen(made) => $"{AccessOf(made)}{member.DeclaringType!.Name}({Parameters(made)})",
        MethodInfo { IsSpecialName: false } method when IsSeen(method) && method.GetBaseDefinition() == method => Signature(method),
        PropertyInfo property when property.GetMethod is { } getter && IsSeen(getter) && getter.GetBaseDefinition() == getter => Property(property, getter),
        FieldInfo { IsPublic: true } field => $"public {(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        _ => null,
    };

    private static string Property(PropertyInfo property, MethodInfo getter) =>
        $"{AccessOf(getter)}{Name(property.PropertyType)} {property.Name} {{ get; {(property.SetMethod is { } setter && IsSeen(setter) ? "set; " : "")}}}";

    // What is private protected can be neither called nor overridden by others.
    private static bool IsSeen(MethodBase method) => (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !method.Name.Contains('<', StringComparison.Ordinal);

    private static string AccessOf(MethodBase method) => (method.IsPublic ? "public " : "protected ") + (method.IsStatic ? "static " : "");

    private static string Signature(MethodInfo method)
    {
        var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
        return $"{AccessOf(method)}{Name(method.ReturnType)} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        (parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "") + $"{Name(parameter.ParameterType)} {parameter.Name}" + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")));

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        return type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }

    [GeneratedRegex(@"( \{ \}|;|,)$")]
    private static partial Regex Tail();

    [GeneratedRegex(@"\b(abstract|virtual|override|sealed|readonly|this|delegate) ")]
    private static partial Regex Modifiers();

    [GeneratedRegex(@"System\.Nullable<([\w.]+)>")]
    private static partial Regex Nullables();

    [GeneratedRegex(@"\b(\w+\.)+(?=\w)")]
    private static partial Regex Namespaces();

    [GeneratedRegex("^(public|protected) ")]
    private static partial Regex Access();
}
