using System.Security.Claims;
using Mhim.Data.Entities;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace Mhim.Api.Security;

/// <summary>Who is calling and what they may do. Whatever says nothing of it is denied to everybody.</summary>
static class AuthSetup
{
    const string Either = "mhim";

    public static IServiceCollection AddMhimAuth(this IServiceCollection services, AuthOptions auth)
    {
        services.AddSingleton(auth);
        var schemes = services.AddAuthentication(Either)
            .AddPolicyScheme(Either, null, options => options.ForwardDefaultSelector = http =>
                auth.Open ? OpenAuthentication.Name
                : auth.Oidc is not null && KeyAuthentication.KeyOf(http.Request) is null ? JwtBearerDefaults.AuthenticationScheme
                : KeyAuthentication.Name)
            .AddScheme<AuthenticationSchemeOptions, OpenAuthentication>(OpenAuthentication.Name, null)
            .AddScheme<AuthenticationSchemeOptions, KeyAuthentication>(KeyAuthentication.Name, null);
        if (auth.Oidc is { } oidc)
            schemes.AddJwtBearer(options => Configure(options, oidc));
        services.AddAuthorization(options =>
        {
            foreach (var role in Enum.GetValues<Role>())
                options.AddPolicy(role.ToString(), policy => policy.RequireRole(Enum.GetValues<Role>().Where(r => r >= role).Select(r => r.ToString())));
            // Routes without a word on roles are denied; what is no route at all may be answered as such (404, 405, 415) to anybody who is known.
            options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser()
                .RequireAssertion(context => (context.Resource as HttpContext)?.GetEndpoint() is not RouteEndpoint).Build();
        });
        return services;
    }

    /// <summary>Asks for a role.</summary>
    public static TBuilder For<TBuilder>(this TBuilder builder, Role role) where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(role.ToString());

    /// <summary>What reads is for viewers, what writes for researchers; an endpoint may ask for more by itself.</summary>
    public static void ForRolesByMethod(this RouteGroupBuilder api) => ((IEndpointConventionBuilder)api).Finally(endpoint =>
    {
        var reads = endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods is { Count: > 0 } methods
            && methods.All(method => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method));
        endpoint.Metadata.Add(new AuthorizeAttribute((reads ? Role.Viewer : Role.Researcher).ToString()));
    });

    static void Configure(JwtBearerOptions options, OidcOptions oidc)
    {
        (options.Authority, options.Audience, options.RequireHttpsMetadata, options.MapInboundClaims) = (oidc.Authority, oidc.Audience, oidc.RequireHttps, false);
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                var user = context.Principal!;
                if (user.FindFirstValue("sub") is not { Length: > 0 } subject)
                {
                    context.Fail("The token names nobody (sub).");
                    return Task.CompletedTask;
                }
                var roles = user.FindAll(oidc.RoleClaim).Where(claim => oidc.Roles.ContainsKey(claim.Value)).Select(claim => (Role?)oidc.Roles[claim.Value]);
                context.Principal = Principal.Of($"oidc:{subject}", user.FindFirstValue("preferred_username") ?? user.FindFirstValue("email"), roles.Max(), context.Scheme.Name);
                return Task.CompletedTask;
            },
        };
    }
}
