using System.ComponentModel.DataAnnotations;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>Checks that a list of mapping rules can be understood.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MappingRulesAttribute : ValidationAttribute
{
    public override bool IsValid(object? value)
    {
        try
        {
            RepositoryMapping.Parse((IEnumerable<string>?)value);
            return true;
        }
        catch (TransferException)
        {
            return false;
        }
    }

    public override string FormatErrorMessage(string name) =>
        $"{name} has a rule that can't be understood or never be reached; rules are prefix=TEXT, replace=OLD:NEW, regex=PATTERN:REPLACEMENT, exact=SOURCE:TARGET, flatten=SEPARATOR and last=N.";
}
