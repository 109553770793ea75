namespace Mhim.Workers.Pipeline;

/// <summary>A folder holds one slide's prediction: what another slide left there must not stand for the one that is predicted now, least of all where that one fails.</summary>
static class EarlierPrediction
{
    /// <summary>Removes another slide's result, tiles and features; those of the same slide stay, so that work on it goes on.</summary>
    /// <param name="source">The slide that is predicted now.</param>
    /// <param name="outDir">The prediction's folder; it need not be there.</param>
    /// <param name="tiles">The patch file in it.</param>
    /// <param name="features">The feature file in it.</param>
    /// <returns>What the other slide is called; null where nothing was another's.</returns>
    public static string? Remove(SlideSource source, string outDir, string tiles, string features)
    {
        bool IsOther(string? sha256) => sha256 is not null && sha256 != source.Sha256;
        bool IsOthers(string path) => IsOther(StepInputs.Said(path, SlideSource.HashAttribute));
        var before = PredictionSummary.Read(outDir);
        var (otherTiles, otherFeatures) = (IsOthers(tiles), IsOthers(features));
        if (!IsOther(before?.SlideSha256) && !otherTiles && !otherFeatures)
            return null;
        // The summary first, by which a result looks finished; the features last, by which it is known as another's if this is interrupted.
        foreach (var name in (string[])
            [PredictionFiles.Summary, PredictionFiles.Heatmap, PredictionFiles.Tiles, TileTable.File, TileTable.Data, .. Enumerable.Range(1, PredictStep.TopTileCount).Select(PredictionFiles.TopTile)])
            Delete(Path.Combine(outDir, name));
        if (Path.Combine(outDir, Path.GetDirectoryName(PredictionFiles.TopTile(1))!) is var tops && Directory.Exists(tops) && !Directory.EnumerateFileSystemEntries(tops).Any())
            Directory.Delete(tops);
        if (otherTiles)
        {
            Delete(TileStep.OutlinePath(tiles));
            Delete(tiles);
        }
        if (otherFeatures)
            Delete(features);
        return IsOther(before?.SlideSha256) ? $"slide `{before!.Slide}`" : "another slide";
    }

    static void Delete(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }
}
