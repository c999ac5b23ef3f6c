using LinqToDB.Common;

namespace TransferEngine.Persistence;

/// <summary>
/// linq2db, by which Akka.Persistence.Sql reads and writes, compiles some forty small expressions at the first recovery and the first write: a
/// tenth of the CPU time of a small run. A program that uses linq2db for nothing else has them interpreted, by the runtime option
/// <c>TransferEngine.InterpretQueries</c>: it holds for the whole process, so the library never decides it.
/// </summary>
internal static class InterpretedQueries
{
    private const string Switch = "TransferEngine.InterpretQueries";

    public static void ApplyIfAsked()
    {
        if (AppContext.TryGetSwitch(Switch, out var isOn) && isOn)
            Compilation.SetExpressionCompiler(static expression => expression.Compile(preferInterpretation: true));
    }
}
