namespace Mhim.Data.Tests.Postgres;

public sealed class PostgresMhimContextTests(PostgresCluster cluster) : MhimContextTests, IClassFixture<PostgresCluster>
{
    protected override DataOptions Options => new(Path.GetTempPath(), cluster.ConnectionString);
}
