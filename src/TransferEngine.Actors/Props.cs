using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace TransferEngine.Actors;

/// <summary>
/// How to make an actor: its type and constructor arguments. The arguments are evaluated once and used again on a restart,
/// so they should be immutable.
/// </summary>
public sealed class Props
{
    private static readonly ConcurrentDictionary<ConstructorInfo, ConstructorInvoker> Invokers = new();

    private readonly Func<ActorBase> _produce;

    private Props(Type type, object?[] arguments, Func<ActorBase> produce, SupervisorStrategy? strategy) =>
        (Type, Arguments, _produce, SupervisorStrategy) = (type, arguments, produce, strategy);

    public Type Type { get; }

    public object?[] Arguments { get; }

    /// <summary>Takes the place of the actor's own strategy, if given.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; }

    /// <exception cref="ArgumentException">The expression is not a plain <c>new</c>.</exception>
    public static Props Create<TActor>(Expression<Func<TActor>> factory, SupervisorStrategy? supervisorStrategy = null)
        where TActor : ActorBase
    {
        if (factory.Body is not NewExpression { Constructor: { } constructor } creation)
            throw new ArgumentException("The actor must be made by a plain 'new'.", nameof(factory));
        var arguments = creation.Arguments.Select(Evaluate).ToArray();
        return Create(typeof(TActor), constructor, arguments, supervisorStrategy);
    }

    /// <exception cref="ArgumentException">No constructor takes these arguments.</exception>
    public static Props Create<TActor>(params object?[] args)
        where TActor : ActorBase
    {
        var constructor = typeof(TActor).GetConstructors().FirstOrDefault(candidate => Takes(candidate.GetParameters(), args))
            ?? throw new ArgumentException($"{typeof(TActor)} has no public constructor for these {args.Length} arguments.", nameof(args));
        return Create(typeof(TActor), constructor, args, null);
    }

    internal ActorBase NewActor() => _produce();

    private static Props Create(Type type, ConstructorInfo constructor, object?[] arguments, SupervisorStrategy? strategy)
    {
        var invoker = Invokers.GetOrAdd(constructor, static made => ConstructorInvoker.Create(made));
        return new Props(type, arguments, () => (ActorBase)invoker.Invoke(arguments.AsSpan()), strategy);
    }

    private static bool Takes(ParameterInfo[] parameters, object?[] arguments) => parameters.Length == arguments.Length
        && parameters.Zip(arguments).All(pair => pair.Second is null ? !pair.First.ParameterType.IsValueType : pair.First.ParameterType.IsInstanceOfType(pair.Second));

    // Captured variables are fields of a closure: reading them directly is some hundred times cheaper than compiling.
    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        MemberExpression { Member: PropertyInfo property } member => property.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        UnaryExpression { NodeType: ExpressionType.Convert, Method: null } convert when convert.Type.IsAssignableFrom(convert.Operand.Type) => Evaluate(convert.Operand),
        _ => Expression.Lambda(expression).Compile(preferInterpretation: true).DynamicInvoke(),
    };
}
