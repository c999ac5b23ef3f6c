using System.Text.RegularExpressions;
using TransferEngine.Images;
using TransferEngine.Storage.RegistryTree;

namespace TransferEngine.Hosting;

/// <summary>Finds the scheme of an address among the registered ones, and says what is wrong with an address that has none.</summary>
internal sealed partial class Endpoints(IEnumerable<ISourceScheme> sources, IEnumerable<ITargetScheme> targets) : IEndpoints
{
    private readonly ISourceScheme[] _sources = [.. sources];
    private readonly ITargetScheme[] _targets = [.. targets];

    public IImageSource OpenSource(string text, EndpointSettings? settings = null)
    {
        var (scheme, rest) = Split(text);
        if (LooksLikePath(text) || Path.Exists(text) || scheme is null)
            (scheme, rest) = (File.Exists(text) ? RegistryTarScheme.Name : RegistryTreeScheme.Name, text);
        return Array.Find(_sources, known => known.Scheme == scheme)?.OpenSource(rest, settings ?? EndpointSettings.Default)
            ?? throw Unknown("source", text, _sources, Suggest(text) ?? $"Sources are {Forms(_sources)}, or the path of a storage tree or of a tar of one.");
    }

    public IImageTarget OpenTarget(string text, EndpointSettings? settings = null)
    {
        var (scheme, rest) = Split(text);
        if (LooksLikePath(text) || Directory.Exists(text))
            (scheme, rest) = (RegistryTreeTarget.IsTree(text) ? RegistryTreeScheme.Name : throw NoTree(text), text);
        return Array.Find(_targets, known => known.Scheme == scheme)?.OpenTarget(rest, settings ?? EndpointSettings.Default)
            ?? throw Unknown("target", text, _targets, Suggest(text) ?? $"Targets are {Forms(_targets)}.");
    }

    private static (string? Scheme, string Address) Split(string text)
    {
        var match = SchemePattern().Match(text);
        return match.Success ? (match.Groups[1].Value, text[match.Length..]) : (null, text);
    }

    private static bool LooksLikePath(string text) => text.StartsWith('/') || text.StartsWith('.') || text.StartsWith('~');

    private static TransferException NoTree(string text) => Invalid(
        $"There is no registry storage tree in '{Shown(text)}'.", $"To begin one there, write registry-tree:{Shown(text)}; other targets are written with their kind in front as well.");

    private static string? Suggest(string text)
    {
        var match = BareHost().Match(text);
        return match.Success && !Directory.Exists(text) ? $"Did you mean docker://{match.Groups[1].Value}?" : null;
    }

    private static TransferException Unknown(string role, string text, IEnumerable<IEndpointScheme> known, string hint)
    {
        var scheme = Split(text).Scheme;
        var message = scheme is null || BareHost().IsMatch(text)
            ? $"'{Shown(text)}' is not the address of a {role}."
            : $"There is no {role} of the kind '{Printable.Of(scheme)}:'; known: {string.Join(", ", known.Select(one => one.Scheme + ":"))}.";
        return Invalid(message, hint);
    }

    internal static TransferException Invalid(string message, string hint) =>
        new(new TransferError(ErrorCode.EndpointInvalid, message) { Scope = ErrorScope.Endpoint, Hint = hint });

    /// <summary>An address fit for a message: whatever stands before an at sign may be a password.</summary>
    internal static string Shown(string text)
    {
        var at = text.LastIndexOf('@');
        return Printable.Of(at < 0 ? text : "***" + text[at..]);
    }

    private static string Forms(IEnumerable<IEndpointScheme> schemes) => string.Join(", ", schemes.Select(scheme => scheme.Form));

    [GeneratedRegex(@"\A([a-z][a-z0-9+-]*):")]
    private static partial Regex SchemePattern();

    // localhost, host:5000, host.example/prefix, [::1]:5000, also with http:// in front.
    [GeneratedRegex(@"\A(?:https?://)?((?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9.-]+(?=:[0-9])|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:/[a-z0-9._/-]*)?)\z")]
    private static partial Regex BareHost();
}
