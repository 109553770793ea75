namespace Mhim.Features.Files;

/// <summary>Features out of a <c>.pt</c> file: one tensor [N, D] (CLAM), or a dict of <c>features</c> and perhaps <c>coords</c>.</summary>
static class TensorFeatures
{
    public static FeatureFileContent Read(string path)
    {
        var tensors = PtFile.Read(path);
        var features = tensors.Count == 1 ? tensors.Values.Single()
            : tensors.GetValueOrDefault("features") ?? tensors.GetValueOrDefault("feats") ?? throw new InputException("features-unreadable",
                $"'{path}' holds {tensors.Count} tensors, none of them named 'features'; a single one (N, D) is wanted, as CLAM writes it.");
        var shape = features.Shape is [1, var rows, var columns] ? [rows, columns] : features.Shape;
        if (features.Type is not (PtType.Float32 or PtType.Float16 or PtType.BFloat16 or PtType.Float64) || shape.Count != 2)
            throw new InputException("features-unreadable", $"'{path}' holds a tensor of {features.Type} [{string.Join(", ", features.Shape)}]; floats [N, D] are wanted.");
        var coords = tensors.Count > 1 && tensors.GetValueOrDefault("coords") is { Shape: [var count, 2] } places
            ? Enumerable.Range(0, (int)count).Select(i => new TileCoord((long)places[2 * i], (long)places[2 * i + 1])).ToArray() : [];
        return new(FeatureLayout.Tensor, null, null, (int)shape[1], features.ToSingles(), coords);
    }
}
