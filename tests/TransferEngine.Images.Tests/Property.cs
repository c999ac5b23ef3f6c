using FsCheck;
using FsCheck.Fluent;

namespace TransferEngine.Images.Tests;

/// <summary>Checks that something holds for whatever FsCheck thinks of, and shows the smallest case where it does not.</summary>
internal static class Property
{
    public static void Holds<T>(Func<T, bool> property, int cases = 500) =>
        Prop.ForAll(ArbMap.Default.ArbFor<T>(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(cases));
}
