namespace TransferEngine.Cli;

/// <summary>The command line can't be understood as a whole: exit code 2. The message never repeats a secret.</summary>
internal sealed class UsageException(string message) : Exception(message);
