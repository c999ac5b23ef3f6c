using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;

namespace TransferEngine.TestKit.Harbor;

/// <summary>A user or robot of the double.</summary>
/// <param name="Name">As it logs in, a robot's prefix included.</param>
/// <param name="Secret">The password.</param>
public sealed record HarborAccount(string Name, string Secret)
{
    public bool IsAdmin { get; init; }

    public bool IsRobot { get; init; }

    /// <summary>A project robot's project; null for users and system robots.</summary>
    public string? Project { get; init; }

    /// <summary>A robot that was not given the right to list: it pulls what it can name.</summary>
    public bool MayNotList { get; init; }

    /// <summary>A robot that was not given the right to list what is in its project, and may list in public ones.</summary>
    public bool MayListOnlyPublic { get; init; }

    /// <summary>A robot that was not given the right to push.</summary>
    public bool MayNotPush { get; init; }

    /// <summary>A user who logs in by OIDC, whose secret is good for pulls and pushes and for nothing else.</summary>
    public bool HasCliSecret { get; init; }

    /// <summary>A robot with permissions on the system beside those on projects: Harbor then gives it none on projects at all.</summary>
    public bool HasSystemPermissions { get; init; }

    internal IReadOnlySet<string> RightsIn(HarborProject project)
    {
        var rights = new HashSet<string>(StringComparer.Ordinal);
        if (project.IsPublic)
            rights.Add("pull");
        var isMember = project.Members.TryGetValue(Name, out var role);
        var isItsRobot = IsRobot && !HasSystemPermissions && (Project is null || Project == project.Name);
        if (IsAdmin || isMember || isItsRobot)
            rights.Add("pull");
        if (IsAdmin || (isMember && role >= HarborRole.Developer) || (isItsRobot && !MayNotPush))
            rights.Add("push");
        if (IsAdmin || (isMember && role == HarborRole.Maintainer))
            rights.Add("delete");
        return rights;
    }
}

/// <summary>Who may log in, and the lock-out: a wrong password keeps a user (no robot) out for a while, right passwords included.</summary>
public sealed class HarborAccounts(TimeProvider time)
{
    /// <summary>As <c>core/auth/authenticator.go</c> has it.</summary>
    public static readonly TimeSpan LockOut = TimeSpan.FromSeconds(1.5);

    private readonly ConcurrentDictionary<string, HarborAccount> _accounts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _lockedUntil = new(StringComparer.Ordinal);

    /// <summary>An account that a test logs in with.</summary>
    public HarborAccount Add(HarborAccount account) => _accounts[account.Name] = account;

    /// <summary>As if somebody had just given a wrong password for this user.</summary>
    public void Lock(string name) => _lockedUntil[name] = time.GetUtcNow() + LockOut;

    internal bool TryAdd(HarborAccount account) => _accounts.TryAdd(account.Name, account);

    /// <summary>The account of a Basic header; null if there is none or it is not let in.</summary>
    internal HarborAccount? Find(AuthenticationHeaderValue? header)
    {
        if (header is not { Scheme: "Basic", Parameter: { } parameter })
            return null;
        var buffer = new byte[parameter.Length];
        if (!Convert.TryFromBase64String(parameter, buffer, out var length))
            return null;
        var pair = Encoding.UTF8.GetString(buffer, 0, length).Split(':', 2);
        if (pair.Length < 2 || !_accounts.TryGetValue(pair[0], out var account))
            return null;
        if (account.IsRobot)
            return account.Secret == pair[1] ? account : null;
        var now = time.GetUtcNow();
        if (_lockedUntil.TryGetValue(account.Name, out var until) && now < until)
            return null;
        if (account.Secret == pair[1])
            return account;
        Lock(account.Name);
        return null;
    }
}
