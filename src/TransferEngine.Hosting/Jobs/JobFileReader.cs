using System.Globalization;
using TransferEngine.Hocon;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>Makes a <see cref="JobFile"/> of the nodes of a file, and says of what it does not understand in which line that is.</summary>
internal sealed class JobFileReader(string file)
{
    private static readonly string[] Secrets = ["password", "pass", "token", "secret", "auth"];

    public JobFile Read(MapNode root)
    {
        var fields = new NodeFields(file, "a job file", root);
        if (fields.Number("version") is { } version && version != JobFile.Version)
            throw JobFileErrors.Of(file, root["version"]!.Line, $"This version of transfer knows job files of version {JobFile.Version}.");
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var given = fields.Map("options");
        if (given is not null)
            AddOptions("", given, options);
        if (given?["mapping"] is { } mapping)
            throw JobFileErrors.Of(file, mapping.Line, "mapping belongs to a job, not to the options.");
        var jobs = fields.Find("jobs") switch
        {
            ListNode { Items.Count: > 0 } list => list.Items,
            null or ListNode => throw fields.Missing("list jobs"),
            var node => throw fields.Wrong("jobs", node, "is a list"),
        };
        fields.RefuseOthers();
        var read = jobs.Select(ReadJob).ToList();
        if (read.Where(job => job.Name is not null).GroupBy(job => job.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw JobFileErrors.Of(file, null, $"Two jobs have the name {Printable.Of(twice.Key)}: each needs its own, under which its state is kept.");
        return new JobFile { Options = options, Jobs = read };
    }

    private JobDefinition ReadJob(ConfigNode node)
    {
        var fields = new NodeFields(file, "a job", node as MapNode ?? throw JobFileErrors.Of(file, node.Line, "A job has keys: source, target and others."));
        var job = new JobDefinition
        {
            Name = fields.Text("name"),
            Source = ReadEndpoint(fields, "source"),
            Target = ReadEndpoint(fields, "target"),
            Select = fields.Map("select") is { } select ? ReadSelection(select) : new SelectionDefinition(),
            Mapping = fields.Texts("mapping"),
            TrustJournal = fields.Flag("trust-journal") ?? false,
            Repair = fields.Flag("repair") ?? false,
            HashFiles = fields.Flag("hash-files") ?? true,
            VerifySource = fields.Flag("verify-source") ?? false,
            AllowEmpty = fields.Flag("allow-empty") ?? false,
            LimitRate = ReadRate(fields),
        };
        fields.RefuseOthers();
        return job;
    }

    private EndpointDefinition ReadEndpoint(NodeFields job, string key)
    {
        switch (job.Find(key))
        {
            case null:
                throw job.Missing(key);
            case ScalarNode { Text: { Length: > 0 } address }:
                return new EndpointDefinition(address);
            case MapNode map:
                return ReadEndpoint(new NodeFields(file, $"a {key}", map), map);
            case var node:
                throw job.Wrong(key, node, "is an address, or has the key address");
        }
    }

    private EndpointDefinition ReadEndpoint(NodeFields fields, MapNode map)
    {
        if (map.Entries.FirstOrDefault(entry => Secrets.Contains(entry.Key, StringComparer.OrdinalIgnoreCase)) is { } secret)
            throw JobFileErrors.Of(file, secret.Line, $"{secret.Key} does not belong into a job file.", "Name an authfile, or with password-env the environment variable that holds the password.");
        var endpoint = new EndpointDefinition(fields.Text("address") ?? throw fields.Missing("address"))
        {
            TlsVerify = fields.Flag("tls-verify"),
            CertDir = fields.Text("cert-dir"),
            TrustedRealms = fields.Texts("trusted-realms") ?? [],
            RetryTimes = fields.Number("retry-times"),
            Authfile = fields.Text("authfile"),
            Username = fields.Text("username"),
            PasswordEnv = fields.Text("password-env"),
            NoCreds = fields.Flag("no-creds") ?? false,
            Harbor = fields.Map("harbor") is { } harbor ? ReadHarbor(harbor) : null,
            Files = fields.Map("files") is { } files ? ReadFiles(files) : null,
        };
        fields.RefuseOthers();
        if ((endpoint.Username is null) != (endpoint.PasswordEnv is null))
            throw JobFileErrors.Of(file, map.Line, "username and password-env need each other.");
        if (endpoint is { Username: not null, Authfile: not null })
            throw JobFileErrors.Of(file, map.Line, "username and authfile can't both be given.");
        if (endpoint.NoCreds && (endpoint.Username ?? endpoint.Authfile) is not null)
            throw JobFileErrors.Of(file, map.Line, "no-creds can't be given together with credentials.");
        return endpoint;
    }

    private HarborSettings ReadHarbor(MapNode map)
    {
        var fields = new NodeFields(file, "harbor", map);
        var harbor = new HarborSettings
        {
            CreateProjects = fields.Flag("create-projects"),
            Visibility = fields.Text("visibility") switch
            {
                null => null,
                "private" => HarborVisibility.Private,
                "public" => HarborVisibility.Public,
                _ => throw fields.Wrong("visibility", fields.Find("visibility")!, "is private or public"),
            },
            StorageLimit = ReadLimit(fields),
            DefaultProject = fields.Text("default-project"),
        };
        fields.RefuseOthers();
        return harbor;
    }

    private static long? ReadLimit(NodeFields fields) => fields.Text("storage-limit") is not { } text ? null
        : text == "-1" ? -1
        : TryReadSize(text, out var bytes) ? bytes
        : throw fields.Wrong("storage-limit", fields.Find("storage-limit")!, "is a size like 50 GiB, or -1 for no limit");

    private FileSettings ReadFiles(MapNode map)
    {
        var fields = new NodeFields(file, "files", map);
        var files = new FileSettings { Link = ReadLink(fields), Owner = ReadOwner(fields), IsHarbor1 = fields.Flag("harbor-1") ?? false };
        fields.RefuseOthers();
        return files;
    }

    private static LinkMode? ReadLink(NodeFields fields) => fields.Text("link") switch
    {
        null => null,
        "auto" => LinkMode.Auto,
        "hard" => LinkMode.Hard,
        "reflink" => LinkMode.Reflink,
        "copy" => LinkMode.Copy,
        _ => throw fields.Wrong("link", fields.Find("link")!, "is auto, hard, reflink or copy"),
    };

    private static FileOwner? ReadOwner(NodeFields fields) => fields.Text("chown") is not { } text ? null
        : FileOwner.TryParse(text, out var owner) ? owner
        : throw fields.Wrong("chown", fields.Find("chown")!, "is written as UID:GID, both as numbers");

    private SelectionDefinition ReadSelection(MapNode map)
    {
        var fields = new NodeFields(file, "select", map);
        var selection = new SelectionDefinition
        {
            Images = fields.Texts("images"),
            Include = fields.Texts("include") ?? [],
            Exclude = fields.Texts("exclude") ?? [],
            IncludeTags = fields.Texts("include-tags") ?? [],
            ExcludeTags = fields.Texts("exclude-tags") ?? [],
            TagsRegex = fields.Texts("tags-regex") ?? [],
            TagsSemver = fields.Text("tags-semver"),
            Newest = fields.Number("newest") ?? 0,
            Untagged = fields.Flag("untagged") ?? false,
            Platforms = fields.Texts("platforms") ?? [],
            Referrers = fields.Flag("referrers") ?? true,
        };
        fields.RefuseOthers();
        return selection;
    }

    private static long ReadRate(NodeFields fields)
    {
        if (fields.Text("limit-rate") is not { } text)
            return 0;
        var size = text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text;
        return TryReadSize(size, out var bytes) ? bytes : throw fields.Wrong("limit-rate", fields.Find("limit-rate")!, "is a size like 50 MiB");
    }

    private static bool TryReadSize(string text, out long bytes) =>
        (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) || HoconSize.TryParse(text, out bytes)) && bytes >= 0;

    private void AddOptions(string prefix, MapNode map, Dictionary<string, string> options)
    {
        foreach (var (key, value, _) in map.Entries)
            AddOption(prefix + key, value, options);
    }

    private void AddOption(string key, ConfigNode value, Dictionary<string, string> options)
    {
        switch (value)
        {
            case MapNode nested:
                AddOptions(key + ":", nested, options);
                break;
            case ListNode list:
                for (var i = 0; i < list.Items.Count; i++)
                    AddOption($"{key}:{i}", list.Items[i], options);
                break;
            case ScalarNode scalar:
                if (!options.TryAdd(key, scalar.Text ?? ""))
                    throw JobFileErrors.Of(file, scalar.Line, $"The option {Printable.Of(key)} stands here twice.");
                break;
        }
    }
}
