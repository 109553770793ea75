using Mhim.Api.Hosting;
using Serilog;

namespace Mhim.Api.Security;

/// <summary>What every request passes, in this order.</summary>
static class SecurityPipeline
{
    public static void UseMhimSecurity(this WebApplication app, AuthOptions auth)
    {
        app.UseTrustedProxies();
        app.UseMiddleware<AuditTrail>();
        app.UseExceptionHandler();
        app.UseMiddleware<SecurityHeaders>();
        app.UseStatusCodePages();
        if (auth.Open)
        {
            app.UseMiddleware<LoopbackOnly>();
            app.Lifetime.ApplicationStarted.Register(() => app.Logger.LogWarning(
                "Nobody is asked who they are: everybody on this machine may do everything. Start with --keys to change that."));
        }
        app.UseSerilogRequestLogging(LogSetup.Requests);
        // The upload protocol asks for it, for clients that cannot send PATCH.
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/api/v1/uploads"), uploads => uploads.UseHttpMethodOverride());
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.UseMiddleware<KnownCharsets>();
        app.UseMiddleware<Idempotency>();
    }
}
