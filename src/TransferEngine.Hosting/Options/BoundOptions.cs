using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>
/// Binds one class of options to its section and checks it, naming keys as they stand in a file
/// (<c>transfer-engine.open-repositories</c>). Trouble is a <see cref="TransferException"/> with <see cref="ErrorCode.ConfigurationInvalid"/>.
/// </summary>
internal sealed class BoundOptions<T>(IConfigurationSection section, params string[] subsections) : IConfigureOptions<T>, IValidateOptions<T>
    where T : class
{
    private static readonly PropertyInfo[] Properties =
        [.. typeof(T).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite)];

    public void Configure(T options)
    {
        if (!section.Exists())
            return;
        RefuseUnknownKeys();
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException e)
        {
            throw Invalid(e.Message.Replace(':', '.'), e);
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
    private void RefuseUnknownKeys()
    {
        var known = Properties.Select(property => property.Name).Concat(subsections).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unknown = section.GetChildren().Select(child => child.Key)
            .FirstOrDefault(key => !known.Contains(key.Replace("-", "", StringComparison.Ordinal)));
        if (unknown is not null)
            throw Invalid($"{Prefix}{Printable.Of(unknown)} is no key; known: {string.Join(", ", Properties.Select(property => Kebab(property.Name)))}.");
    }

    private string Prefix => section.Path.Replace(':', '.') + ".";

    private string KeyOf(PropertyInfo property) => Prefix + Kebab(property.Name);

    private static string Kebab(string name)
    {
        var text = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }

    private static TransferException Invalid(string message, Exception? inner = null) =>
        new(new TransferError(ErrorCode.ConfigurationInvalid, message) { Scope = ErrorScope.Endpoint }, inner);
}
