using Microsoft.Data.Sqlite;
using TransferEngine.Images;

namespace TransferEngine.Persistence;

/// <summary>What SQLite's result codes (sqlite.org/rescode.html) mean for the user.</summary>
internal static class SqliteErrors
{
    /// <summary>SQLITE_CONSTRAINT: here always a sequence number that exists already.</summary>
    public const int Constraint = 19;

    /// <summary>SQLITE_CORRUPT and SQLITE_NOTADB; SQLITE_ERROR, which a table of another form gives.</summary>
    public static bool IsDamage(SqliteException exception) => exception.SqliteErrorCode is 1 or 11 or 26;

    /// <param name="path">The database.</param>
    /// <param name="verb">What could not be done with it: opened, read, written.</param>
    /// <param name="exception">What SQLite or the file system said.</param>
    public static TransferException Failed(string path, string verb, Exception exception) => new(
        new TransferError(ErrorCode.JournalFailed, $"The job's journal could not be {verb}: {exception.Message}")
        {
            Scope = ErrorScope.Endpoint,
            Path = path,
            Hint = exception is SqliteException sqlite ? Hint(sqlite.SqliteErrorCode) : "See that the folder exists and is yours to write to.",
        },
        exception);

    private static string? Hint(int code) => code switch
    {
        3 or 8 or 14 or 23 => "See that the folder and the file are yours to write to.",
        10 => "See that the disk is in order.",
        11 or 26 => "The file is no intact database; --restart begins with a new one.",
        13 => "Make room on that disk and run the same command again.",
        5 or 6 => "Another program keeps the file locked; close it and run the same command again.",
        _ => null,
    };
}
