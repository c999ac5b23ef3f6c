using System.Globalization;

namespace TransferEngine.Cli.Wording;

/// <summary>Numbers with thousands apart, and with the right form of their noun.</summary>
internal static class Count
{
    public static string Of(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Of(long number, string noun) => Of(number, noun, noun + "s");

    public static string Of(long number, string one, string many) => $"{Of(number)} {(number == 1 ? one : many)}";
}
