namespace TransferEngine.TestKit.Conformance;

/// <summary>
/// Marks the tests that hold one implementation of a port to what the port promises. An architecture test looks for one such class for
/// each implementation in the product.
/// </summary>
/// <typeparam name="T">The implementation.</typeparam>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ConformsAttribute<T> : Attribute;

/// <summary>Whether a class of tests opens what it says to test.</summary>
internal static class Conforms
{
    public static bool SaysSo(object tests, object implementation) =>
        tests.GetType().GetCustomAttributes(inherit: true).Any(found => found.GetType() == typeof(ConformsAttribute<>).MakeGenericType(implementation.GetType()));
}
