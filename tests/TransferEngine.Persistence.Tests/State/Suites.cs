using TransferEngine.Persistence.Tests.Jobs;
using TransferEngine.Persistence.Tests.Journal;
using TransferEngine.TestKit.Databases;

namespace TransferEngine.Persistence.Tests.State;

public sealed class JobLeasesOnSqlite() : JobLeaseTests(SqliteTestState.CreateAsync);

public sealed class JobStoreOnSqlite() : SqlJobStoreTests(SqliteTestState.CreateAsync);

public sealed class JournalOnSqlite() : SqlActorSystemTests(SqliteTestState.CreateAsync);

/// <summary>They share one server.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}

[Collection(PostgresCollection.Name)]
public sealed class JobLeasesOnPostgres(PostgresServer server) : JobLeaseTests(() => PostgresTestState.CreateAsync(server));

[Collection(PostgresCollection.Name)]
public sealed class JobStoreOnPostgres(PostgresServer server) : SqlJobStoreTests(() => PostgresTestState.CreateAsync(server));

[Collection(PostgresCollection.Name)]
public sealed class JournalOnPostgres(PostgresServer server) : SqlActorSystemTests(() => PostgresTestState.CreateAsync(server));
