using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// Gathers jobs while a foreign file is read. Images that go from one registry to another by their names share a job, as long as
/// each of its repositories has one name in the target.
/// </summary>
internal sealed class ImportDraft(string file)
{
    private readonly List<SharedJob> _shared = [];
    private readonly List<JobDefinition> _single = [];
    private readonly List<ImportNote> _notes = [];

    /// <summary>Hosts to which plain HTTP or unverified TLS is spoken.</summary>
    public HashSet<string> InsecureHosts { get; } = new(StringComparer.OrdinalIgnoreCase);

    private sealed class SharedJob(string source, string target)
    {
        public string Source => source;

        public string Target => target;

        public List<string> Images { get; } = [];

        public Dictionary<RepositoryName, RepositoryName> Names { get; } = [];
    }

    public string File => file;

    /// <summary>Something that is lost.</summary>
    public void Lose(int? line, string text) => _notes.Add(new ImportNote(file, line, text, IsLoss: true));

    /// <summary>Something that is left to do.</summary>
    public void Remark(int? line, string text, string? inFile = null) => _notes.Add(new ImportNote(inFile ?? file, line, text, IsLoss: false));

    /// <summary>Adds images by name: <paramref name="tags"/> are tags or <c>@digests</c>, none for the whole repository.</summary>
    public void AddImages(ImportName source, ImportName target, IReadOnlyList<string> tags)
    {
        var job = _shared.Find(job => job.Source == source.Host && job.Target == target.Host
            && (!job.Names.TryGetValue(source.Repository, out var known) || known == target.Repository));
        if (job is null)
            _shared.Add(job = new SharedJob(source.Host, target.Host));
        job.Names[source.Repository] = target.Repository;
        job.Images.AddRange(tags.Count == 0 ? [ImageOf(source, null)] : tags.Select(tag => ImageOf(source, tag)));
    }

    /// <summary>Adds one repository, or one image of it, with what else is said of it: a filter of tags, platforms.</summary>
    public void AddRepository(ImportName source, ImportName target, SelectionDefinition select, string? tag = null) => Add(new JobDefinition
    {
        Source = Endpoint(source.Host),
        Target = Endpoint(target.Host),
        Select = select with { Images = [ImageOf(source, tag)] },
        Mapping = RulesOf([KeyValuePair.Create(source.Repository, target.Repository)]),
    });

    public void Add(JobDefinition job) => _single.Add(job);

    public EndpointDefinition Endpoint(string host) => new($"docker://{host}") { TlsVerify = IsInsecure(host) ? false : null };

    public ImportedJobs Finish()
    {
        var shared = _shared.Select(job => new JobDefinition
        {
            Source = Endpoint(job.Source),
            Target = Endpoint(job.Target),
            Select = new SelectionDefinition { Images = [.. job.Images.Distinct(StringComparer.Ordinal)] },
            Mapping = RulesOf(job.Names),
        });
        return new ImportedJobs(new JobFile { Jobs = [.. shared, .. _single] }, [.. _notes.OrderBy(note => note.File == file ? 0 : 1).ThenBy(note => note.Line)]);
    }

    private static string ImageOf(ImportName source, string? tag) =>
        tag is null ? source.Repository.ToString() : tag.StartsWith('@') ? $"{source.Repository}{tag}" : $"{source.Repository}:{tag}";

    // What is said of host/namespace holds for the host: one endpoint is spoken to in one way.
    private bool IsInsecure(string host) => InsecureHosts.Any(known => known.Split('/')[0].Equals(host, StringComparison.OrdinalIgnoreCase));

    // An empty list rather than none: the rules of a configuration are not meant.
    private static List<string> RulesOf(IEnumerable<KeyValuePair<RepositoryName, RepositoryName>> names) =>
        [.. names.Where(pair => pair.Key != pair.Value).Select(pair => $"exact={pair.Key}:{pair.Value}")];
}
