using System.Text;

namespace TransferEngine.Cli;

/// <summary>Reads a line from the terminal without showing it.</summary>
internal static class HiddenInput
{
    public static string? ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
                return line.ToString();
            if (key.Key == ConsoleKey.Backspace)
                line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                line.Append(key.KeyChar);
        }
    }
}
