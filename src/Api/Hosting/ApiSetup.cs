using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Api.Audit;
using Mhim.Api.Cohorts;
using Mhim.Api.Dashboard;
using Mhim.Api.Encoders;
using Mhim.Api.Jobs;
using Mhim.Api.Keys;
using Mhim.Api.Models;
using Mhim.Api.Operations;
using Mhim.Api.Opinions;
using Mhim.Api.Predictions;
using Mhim.Api.Runs;
using Mhim.Api.Security;
using Mhim.Api.Slides;
using Mhim.Api.Uploads;
using Mhim.Api.Worklist;
using Mhim.Data;
using Mhim.Features;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Scalar.AspNetCore;

namespace Mhim.Api.Hosting;

/// <summary>What the service is made of, and where each part answers.</summary>
static class ApiSetup
{
    public static void AddMhim(this IServiceCollection services, IConfiguration settings, AuthOptions auth)
    {
        services.AddMhimWorkers(settings);
        services.AddSingleton(FeatureSettings.From(settings));
        services.AddSingleton<SlideViewers>();
        services.AddSingleton<TileCache>();
        services.AddSingleton(UploadOptions.From(settings));
        services.AddScoped<SlideUpload>();
        services.AddScoped<UploadEnd>();
        services.AddHostedService<UploadSweep>();
        services.AddSingleton<DiskFigures>();
        services.AddSingleton<EventStream>();
        services.AddMhimProblems();
        services.AddMhimAuth(auth);
        services.AddMhimRateLimits(settings);
        services.AddMhimOperations(settings);
        services.AddOpenApi("v1", options => ApiDocument.Configure(options));
        services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)));
    }

    public static void MapMhim(this WebApplication app)
    {
        var settings = app.Configuration;
        var api = app.MapGroup("/api/v1")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        api.ForRolesByMethod();
        api.AddEndpointFilter(PlainText.FilterAsync);
        api.AddEndpointFilter(Etags.FilterAsync);
        api.MapSlides();
        api.MapUploads();
        api.MapViewer();
        api.MapAssociatedImages(settings);
        api.MapCohorts();
        api.MapRuns();
        api.MapEncoders();
        api.MapModels();
        api.MapPredictions();
        api.MapOpinions();
        api.MapWorklist();
        api.MapJobs();
        api.MapKeys();
        api.MapSession();
        api.MapAudit();
        api.MapSystem();
        // What tells nothing of anybody: whether the service lives, what it offers, and the pages that then ask as whoever sits before them.
        var open = app.MapGroup("").AllowAnonymous();
        open.MapHealth();
        open.MapOpenApi();
        open.MapScalarApiReference("/scalar", ApiDocument.Page);
        open.MapDashboard();

        app.MapMetrics();
    }
}
