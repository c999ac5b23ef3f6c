using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// Binds one class of options to its section and checks it, naming keys as they stand in a file
/// (<c>transfer-engine.open-repositories</c>). Whatever source a key comes from, its spelling (<see cref="OptionKeys"/>) and its units
/// (<see cref="OptionValue"/>) are the same. Trouble is a <see cref="TransferException"/> with <see cref="ErrorCode.ConfigurationInvalid"/>.
/// </summary>
/// <param name="configuration">All of it.</param>
/// <param name="section">The section's path, parted by colons.</param>
/// <param name="subsections">Keys that are sections of their own.</param>
internal sealed class BoundOptions<T>(IConfiguration configuration, string section, params string[] subsections) : IConfigureOptions<T>, IValidateOptions<T>
    where T : class
{
    private static readonly PropertyInfo[] Properties =
        [.. typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite)];

    public void Configure(T options)
    {
        var keys = OptionKeys.Of(configuration, section);
        RefuseUnknownKeys(keys);
        foreach (var property in Properties)
        {
            if (keys.Find(property.Name) is not { } given)
                continue;
            if (!OptionValue.TryRead(given, property.PropertyType, out var value))
                throw Invalid($"{KeyOf(property)} can't be {Shown(given, property.PropertyType)}: it is {OptionValue.Describe(property.PropertyType)}.");
            property.SetValue(options, value);
        }
    }

    public ValidateOptionsResult Validate(string? name, T options)
    {
        // The attributes themselves, not the Validator, which would load component models at every start.
        var complaints = Properties.SelectMany(property => property.GetCustomAttributes<ValidationAttribute>()
            .Where(attribute => !attribute.IsValid(property.GetValue(options)))
            .Select(attribute => attribute.FormatErrorMessage(KeyOf(property))));
        var text = string.Join(" ", complaints);
        return text.Length == 0 ? ValidateOptionsResult.Success : throw Invalid(text);
    }

    // A misspelt key would otherwise leave the default in force without a word.
    private void RefuseUnknownKeys(OptionKeys keys)
    {
        var known = Properties.Select(property => property.Name).Concat(subsections).Select(OptionKeys.Bare).ToHashSet(StringComparer.Ordinal);
        if (keys.All.FirstOrDefault(key => !known.Contains(OptionKeys.Bare(key))) is { } unknown)
            throw Invalid($"{Prefix}{Printable.Of(unknown)} is no key; known: {string.Join(", ", Properties.Select(property => OptionKeys.Kebab(property.Name)))}.");
        if (subsections.FirstOrDefault(keys.IsText) is { } value)
            throw Invalid($"{Prefix}{value} is a section with keys of its own, no value.");
    }

    // A text fails where keys stand in its place: nothing of them is shown, as one may be a password.
    private static string Shown(IConfigurationSection given, Type type) =>
        type == typeof(string) ? "a list or a section" : $"'{Printable.Of(OptionValue.TextOf(given))}'";

    private string Prefix => section.Replace(':', '.') + ".";

    private string KeyOf(PropertyInfo property) => Prefix + OptionKeys.Kebab(property.Name);

    private static TransferException Invalid(string message) => new(new TransferError(ErrorCode.ConfigurationInvalid, message) { Scope = ErrorScope.Endpoint });
}
