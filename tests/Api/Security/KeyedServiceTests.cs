using Mhim.Api.Security;

namespace Mhim.Api.Tests.Security;

/// <summary>Tests of a service that asks for keys, on either provider.</summary>
public abstract class KeyedServiceTests : IDisposable
{
    private protected readonly Service service;

    protected KeyedServiceTests() => service = new Service(Postgres) { Settings = { [AuthOptions.KeysKey] = "true" } };

    /// <summary>The connection string; null: SQLite.</summary>
    protected abstract string? Postgres { get; }

    public void Dispose() => service.Dispose();
}
