using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Mhim.Api.Tests;

/// <summary>Steps in at the moment in which a request writes its rows, in its own thread, once: what is at the same moment by chance is so here by design.</summary>
sealed class RowWatch : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    readonly string when;
    readonly Func<DbContext, bool> which;
    readonly Action then;
    readonly List<IDisposable> heard = [];
    int told;

    RowWatch(string when, Func<DbContext, bool> which, Action then)
    {
        (this.when, this.which, this.then) = (when, which, then);
        heard.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    /// <summary>Just before rows of a kind are written.</summary>
    public static RowWatch Saving<TRow>(Action then) where TRow : class =>
        new(CoreEventId.SaveChangesStarting.Name!, context => context.ChangeTracker.Entries<TRow>().Any(entry => entry.State is EntityState.Added or EntityState.Modified), then);

    /// <summary>When they are written, but not yet for good.</summary>
    public static RowWatch Committing<TRow>(Action then) where TRow : class =>
        new(RelationalEventId.TransactionCommitting.Name!, context => context.ChangeTracker.Entries<TRow>().Any(), then);

    /// <summary>Just after.</summary>
    public static RowWatch Saved<TRow>(Action then) where TRow : class =>
        new(CoreEventId.SaveChangesCompleted.Name!, context => context.ChangeTracker.Entries<TRow>().Any(), then);

    public void OnNext(DiagnosticListener listener)
    {
        if (listener.Name == DbLoggerCategory.Name)
            heard.Add(listener.Subscribe(this, name => name == when));
    }

    public void OnNext(KeyValuePair<string, object?> said)
    {
        if (said.Key == when && said.Value is DbContextEventData { Context: { } context } && which(context) && Interlocked.Exchange(ref told, 1) == 0)
            then();
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose() => heard.ForEach(one => one.Dispose());
}
