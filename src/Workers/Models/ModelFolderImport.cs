using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mhim.Workers.Models;

/// <summary>At start, registers every model folder below the folder that the setting <c>Mhim:Models</c> names.</summary>
/// <param name="folder">That folder; empty: nothing to do.</param>
/// <param name="registry">Takes them in.</param>
/// <param name="log">Told of each new model and of each that does not load.</param>
sealed class ModelFolderImport(string folder, ModelRegistry registry, ILogger<ModelFolderImport> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (folder.Length == 0)
            return;
        if (!Directory.Exists(folder))
        {
            log.LogWarning("There is no folder {Folder} to take models from", folder);
            return;
        }
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4 };
        foreach (var card in Directory.EnumerateFiles(folder, "card.json", options).Order(StringComparer.Ordinal))
            try
            {
                var from = Path.GetDirectoryName(card)!;
                var (model, created) = await registry.ImportFolderAsync(from, null, stopping);
                if (created)
                    log.LogInformation("Model {Model} taken from {Folder}", model.Name, from);
            }
            // One folder of many: whatever is wrong with it must not end the service.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                log.LogWarning("Model {Card} was not taken: {Reason}", card, e.Message);
            }
    }
}
