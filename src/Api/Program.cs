using Mhim.Api.Hosting;
using Mhim.Api.Security;
using Mhim.Data.Settings;
using Mhim.Workers.Hosting;
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

    builder.Services.AddMhim(builder.Configuration, auth);

    var app = builder.Build();
    app.UseMhimSecurity(auth);
    app.MapMhim();
    await app.RunAsync();
    return 0;
}
catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    Console.Error.WriteLine($"mhim: {e.Message} Another program listens there; choose another port with --port.");
    return 2;
}
catch (Exception e) when (Explanations.Sentence(e) is { } sentence)
{
    Console.Error.WriteLine($"mhim: {sentence}");
    return 2;
}
