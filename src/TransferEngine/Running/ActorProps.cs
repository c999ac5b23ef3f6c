namespace TransferEngine.Running;

/// <summary>
/// Props whose actor a delegate makes. Akka.NET's own, from an expression, compile each argument at each call, which is most of what a
/// short-lived actor costs.
/// </summary>
internal static class ActorProps
{
    public static Props Of<TActor>(Func<TActor> create)
        where TActor : ActorBase => Props.CreateBy(new Producer<TActor>(create));

    private sealed class Producer<TActor>(Func<TActor> create) : IIndirectActorProducer
        where TActor : ActorBase
    {
        public Type ActorType => typeof(TActor);

        public ActorBase Produce() => create();

        public void Release(ActorBase actor)
        {
        }
    }
}
