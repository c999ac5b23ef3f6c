namespace TransferEngine.Actors.Tests.Api;

/// <summary>The kernel's API: frozen as text, and held against what Akka.NET 1.5 approves of its own.</summary>
public sealed class ApiSpec
{
    private const string Approved = "tests/TransferEngine.Actors.Tests/Api/approved-api.txt";

    /// <summary>What the kernel has and Akka.NET has not, or has in another form. A type, or one member of a type.</summary>
    private static readonly HashSet<string> KernelOnly =
    [
        // Settings and a journal in place of HOCON and plugins.
        "ActorSystemSettings", "IEventJournal", "IEventSerializer", "InMemoryEventJournal", "JournalRecord", "JournalRejectedException",
        "ActorSystem.public static ActorSystem Create(string name, ActorSystemSettings settings = null)",
        "ActorSystem.public ActorSystemSettings Settings { get; }",
        "ActorSystem.public ValueTask DisposeAsync()",
        // An ask without a timeout does not compile; with one, the call fits Akka.NET's overloads.
        "Futures.public static Task<T> Ask<T>(ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken = null)",
        // Akka.NET says Nobody, which is an IActorRef.
        "ActorRefs.public static IActorRef Nobody",
    ];

    [Fact]
    public void The_public_api_is_the_approved_one()
    {
        var actual = string.Join("\n", ApiText.Of(typeof(ActorSystem).Assembly).SelectMany(type => type.Members.Select(member => "    " + member).Prepend(type.Type))) + "\n";
        var received = Path.Combine(AppContext.BaseDirectory, "Api", "approved-api.received.txt");
        File.WriteAllText(received, actual);
        var approved = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Api", "approved-api.txt"));
        Assert.True(approved == actual, $"The public API has changed. If that is meant: cp {received} {Approved}\n{Difference(approved, actual)}");
    }

    [Fact]
    public void What_the_kernel_shares_with_akka_is_the_same_there()
    {
        var akka = ReadAkka();
        var missing = new List<string>();
        foreach (var (type, members) in ApiText.Of(typeof(ActorSystem).Assembly).Where(type => !KernelOnly.Contains(type.Type)))
        {
            if (!akka.TryGetValue(type, out var there))
                missing.Add(type);
            else
                missing.AddRange(members.Where(member => !there.Contains(member) && !KernelOnly.Contains($"{type}.{member}")).Select(member => $"{type}.{member}"));
        }
        Assert.True(missing.Count == 0, "Not in Akka.NET:\n" + string.Join("\n", missing));
    }

    [Fact]
    public void The_list_of_exceptions_holds_nothing_that_is_gone()
    {
        var all = ApiText.Of(typeof(ActorSystem).Assembly).SelectMany(type => type.Members.Select(member => $"{type.Type}.{member}").Prepend(type.Type)).ToHashSet();
        Assert.Empty(KernelOnly.Except(all));
    }

    /// <summary>Types at the line's start, their members indented; a property that can be set can also only be read.</summary>
    private static Dictionary<string, HashSet<string>> ReadAkka()
    {
        var types = new Dictionary<string, HashSet<string>>();
        HashSet<string> members = [];
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Api", "akka-api.txt")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] != ' ')
            {
                types.Add(line, members = []);
                continue;
            }
            var member = ApiText.Normalize(line);
            members.Add(member);
            members.Add(member.Replace("set; ", "", StringComparison.Ordinal));
        }
        return types;
    }

    private static string Difference(string approved, string actual)
    {
        var (before, after) = (approved.Split('\n'), actual.Split('\n'));
        return string.Join("\n", before.Except(after).Select(line => "- " + line).Concat(after.Except(before).Select(line => "+ " + line)));
    }
}
