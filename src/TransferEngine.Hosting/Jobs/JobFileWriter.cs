using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace TransferEngine.Hosting;

/// <summary>Writes a <see cref="JobFile"/> as YAML, leaving out what is as it is without being said.</summary>
internal sealed class JobFileWriter
{
    private readonly Emitter _yaml;

    // Long texts are not folded: a rule or an address stays on one line.
    private JobFileWriter(TextWriter output) => _yaml = new Emitter(output, new EmitterSettings().WithBestWidth(int.MaxValue).WithNewLine("\n"));

    public static void Write(JobFile file, TextWriter output)
    {
        var writer = new JobFileWriter(output);
        writer._yaml.Emit(new StreamStart());
        writer._yaml.Emit(new DocumentStart(null, null, isImplicit: true));
        writer.WriteFile(file);
        writer._yaml.Emit(new DocumentEnd(isImplicit: true));
        writer._yaml.Emit(new StreamEnd());
    }

    private void WriteFile(JobFile file)
    {
        Begin();
        Write("version", JobFile.Version);
        if (file.Options.Count > 0)
        {
            Key("options");
            WriteOptions([.. file.Options.Select(option => (option.Key.Split(':'), option.Value))], 0);
        }
        Key("jobs");
        _yaml.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var job in file.Jobs)
            WriteJob(job);
        _yaml.Emit(new SequenceEnd());
        End();
    }

    private void WriteJob(JobDefinition job)
    {
        Begin();
        Write("name", job.Name);
        Write("source", job.Source);
        Write("target", job.Target);
        Write("select", job.Select);
        Write("mapping", job.Mapping);
        Write("trust-journal", job.TrustJournal ? true : null);
        Write("repair", job.Repair ? true : null);
        Write("hash-files", job.HashFiles ? null : false);
        Write("verify-source", job.VerifySource ? true : null);
        Write("allow-empty", job.AllowEmpty ? true : null);
        if (job.LimitRate > 0)
            Write("limit-rate", job.LimitRate.ToString(CultureInfo.InvariantCulture), isText: false);
        End();
    }

    private void Write(string key, EndpointDefinition endpoint)
    {
        if (endpoint == new EndpointDefinition(endpoint.Address))
        {
            Write(key, endpoint.Address);
            return;
        }
        Key(key);
        Begin();
        Write("address", endpoint.Address);
        Write("tls-verify", endpoint.TlsVerify);
        Write("cert-dir", endpoint.CertDir);
        WriteUnlessEmpty("trusted-realms", endpoint.TrustedRealms);
        if (endpoint.RetryTimes is { } times)
            Write("retry-times", times);
        Write("authfile", endpoint.Authfile);
        Write("username", endpoint.Username);
        Write("password-env", endpoint.PasswordEnv);
        Write("no-creds", endpoint.NoCreds ? true : null);
        if (endpoint.Harbor is { } harbor)
            Write("harbor", harbor);
        if (endpoint.Files is { } files)
            Write("files", files);
        End();
    }

    private void Write(string key, HarborSettings harbor)
    {
        Key(key);
        Begin();
        Write("create-projects", harbor.CreateProjects);
        Write("visibility", harbor.Visibility?.ToString().ToLowerInvariant());
        Write("storage-limit", harbor.StorageLimit?.ToString(CultureInfo.InvariantCulture), isText: false);
        Write("default-project", harbor.DefaultProject);
        End();
    }

    private void Write(string key, FileSettings files)
    {
        Key(key);
        Begin();
        Write("link", files.Link?.ToString().ToLowerInvariant());
        Write("chown", files.Owner?.ToString());
        Write("harbor-1", files.IsHarbor1 ? true : null);
        End();
    }

    private void Write(string key, SelectionDefinition select)
    {
        if (select == new SelectionDefinition())
            return;
        Key(key);
        Begin();
        Write("images", select.Images);
        WriteUnlessEmpty("include", select.Include);
        WriteUnlessEmpty("exclude", select.Exclude);
        WriteUnlessEmpty("include-tags", select.IncludeTags);
        WriteUnlessEmpty("exclude-tags", select.ExcludeTags);
        WriteUnlessEmpty("tags-regex", select.TagsRegex);
        Write("tags-semver", select.TagsSemver);
        if (select.Newest > 0)
            Write("newest", select.Newest);
        Write("untagged", select.Untagged ? true : null);
        WriteUnlessEmpty("platforms", select.Platforms);
        Write("referrers", select.Referrers ? null : false);
        End();
    }

    private void WriteOptions(List<(string[] Path, string Value)> options, int depth)
    {
        Begin();
        foreach (var group in options.GroupBy(option => option.Path[depth]))
        {
            var nested = group.ToList();
            if (nested[0].Path.Length == depth + 1)
            {
                Write(group.Key, nested[0].Value);
            }
            else if (nested[0].Path[depth + 1] == "0")
            {
                Write(group.Key, nested.ConvertAll(option => option.Value));
            }
            else
            {
                Key(group.Key);
                WriteOptions(nested, depth + 1);
            }
        }
        End();
    }

    private void WriteUnlessEmpty(string key, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
            Write(key, values);
    }

    private void Write(string key, IReadOnlyList<string>? values)
    {
        if (values is null)
            return;
        Key(key);
        _yaml.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, values.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
        foreach (var value in values)
            Text(value);
        _yaml.Emit(new SequenceEnd());
    }

    private void Write(string key, bool? value)
    {
        if (value is { } given)
            Write(key, given ? "true" : "false", isText: false);
    }

    private void Write(string key, int value) => Write(key, value.ToString(CultureInfo.InvariantCulture), isText: false);

    private void Write(string key, string? value, bool isText = true)
    {
        if (value is null)
            return;
        Key(key);
        if (isText)
            Text(value);
        else
            _yaml.Emit(new Scalar(value));
    }

    private void Key(string key) => _yaml.Emit(new Scalar(key));

    // Quoted throughout: a tag like 1.10 or a rule with a hash stays the text it is for every reader of YAML.
    private void Text(string text) => _yaml.Emit(new Scalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.DoubleQuoted, isPlainImplicit: false, isQuotedImplicit: true));

    private void Begin() => _yaml.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, MappingStyle.Block));

    private void End() => _yaml.Emit(new MappingEnd());
}
