using System.Text;

namespace TransferEngine.Persistence.Tests;

internal static class Records
{
    public static readonly DateTimeOffset Created = new(2025, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static JournalRecord One(string id, long number) => new(id, number, "kind", Encoding.UTF8.GetBytes($"{{\"n\":{number}}}"), Created);

    public static JournalRecord Of(string id, long number, IJobEvent fact) =>
        new(id, number, JobEventJson.ManifestOf(fact), JobEventJson.Serialize(fact), Created.AddSeconds(number));

    public static async Task<List<long>> Numbers(IEventJournal journal, string id) =>
        [.. (await journal.ReadAsync(id, 1, int.MaxValue, CancellationToken.None)).Select(record => record.SequenceNr)];
}
