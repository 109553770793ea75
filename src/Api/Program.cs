using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Api.Audit;
using Mhim.Api.Cohorts;
using Mhim.Api.Dashboard;
using Mhim.Api.Encoders;
using Mhim.Api.Hosting;
using Mhim.Api.Jobs;
using Mhim.Api.Keys;
using Mhim.Api.Models;
using Mhim.Api.Operations;
using Mhim.Api.Predictions;
using Mhim.Api.Runs;
using Mhim.Api.Security;
using Mhim.Api.Slides;
using Mhim.Api.Uploads;
using Mhim.Data;
using Mhim.Data.Settings;
using Mhim.Features;
using Mhim.Workers.Hosting;
using Mhim.Workers.Jobs;
using Mhim.Workers.Pipeline;
using Scalar.AspNetCore;
using Serilog;

try
{
    var builder = WebApplication.CreateBuilder(args);
    builder.Configuration.AddSecretFiles();
    var urls = builder.Configuration["urls"] ?? ListenAddress.Default;
    var auth = AuthOptions.From(builder.Configuration);
    ListenAddress.Check(urls, auth.Open);
    builder.WebHost.UseUrls(urls);
    // Whatever takes files says how large they may be.
    builder.WebHost.ConfigureKestrel(kestrel => (kestrel.AddServerHeader, kestrel.Limits.MaxRequestBodySize) = (false, 1 << 20));
    builder.Services.AddSerilog(log => Logs.Configure(log, builder.Configuration), preserveStaticLogger: true);

    builder.Services.AddMhimWorkers(builder.Configuration);
    builder.Services.AddSingleton(FeatureSettings.From(builder.Configuration));
    builder.Services.AddSingleton<SlideViewers>();
    builder.Services.AddSingleton<TileCache>();
    builder.Services.AddSingleton(UploadOptions.From(builder.Configuration));
    builder.Services.AddScoped<SlideUpload>();
    builder.Services.AddScoped<UploadEnd>();
    builder.Services.AddHostedService<UploadSweep>();
    builder.Services.AddSingleton<EventStream>();
    builder.Services.AddMhimProblems();
    builder.Services.AddMhimAuth(auth);
    builder.Services.AddMhimRateLimits(builder.Configuration);
    builder.Services.AddMhimOperations(builder.Configuration);
    builder.Services.AddOpenApi("v1", options => ApiDocument.Configure(options));
    builder.Services.ConfigureHttpJsonOptions(json =>
        json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)));

    var app = builder.Build();
    app.UseMhimSecurity(auth);

    var api = app.MapGroup("/api/v1")
        .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    api.ForRolesByMethod();
    api.AddEndpointFilter(PlainText.FilterAsync);
    api.AddEndpointFilter(Etags.FilterAsync);
    api.MapSlides();
    api.MapUploads();
    api.MapViewer();
    api.MapAssociatedImages(builder.Configuration);
    api.MapCohorts();
    api.MapRuns();
    api.MapEncoders();
    api.MapModels();
    api.MapPredictions();
    api.MapJobs();
    api.MapKeys();
    api.MapAudit();
    // What tells nothing of anybody: whether the service lives, what it offers, and the pages that then ask as whoever sits before them.
    var open = app.MapGroup("").AllowAnonymous();
    open.MapHealth();
    open.MapOpenApi();
    open.MapScalarApiReference("/scalar", ApiDocument.Page);
    open.MapDashboard();

    app.MapMetrics();

    await app.RunAsync();
    return 0;
}
catch (InputException e)
{
    Console.Error.WriteLine($"mhim: {e.Message}");
    return 2;
}
catch (SecretFileException e)
{
    Console.Error.WriteLine($"mhim: {e.Message}");
    return 2;
}
catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    Console.Error.WriteLine($"mhim: {e.Message} Another program listens there; choose another port with --port.");
    return 2;
}
