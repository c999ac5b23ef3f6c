using TransferEngine.Images;

namespace TransferEngine.Registry;

/// <summary>The scopes that tokens are asked for, by operation (distribution's <c>docs/spec/auth/scope.md</c>).</summary>
internal class TokenScopes
{
    public virtual string Push(RepositoryName repository) => $"repository:{repository}:pull,push";

    public virtual string Pull(RepositoryName repository) => $"repository:{repository}:pull";

    public virtual string Mount(RepositoryName repository, RepositoryName from) => $"{Push(repository)} {Pull(from)}";
}
