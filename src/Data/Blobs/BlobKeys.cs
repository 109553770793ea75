namespace Mhim.Data.Blobs;

/// <summary>Where everything lies in the <see cref="BlobStore"/>; made from ids alone.</summary>
public static class BlobKeys
{
    /// <summary>All that belongs to a slide.</summary>
    public static string Slide(Guid slideId) => $"slides/{slideId}";

    /// <summary>The slide file.</summary>
    /// <param name="slideId">Its slide.</param>
    /// <param name="extension">A safe extension (<see cref="BlobStore.SafeExtension"/>) or nothing.</param>
    public static string SlideFile(Guid slideId, string extension) => $"slides/{slideId}/original{extension}";

    /// <summary>The folder of a slide of several files.</summary>
    public static string SlideFolder(Guid slideId) => $"slides/{slideId}/original";

    /// <summary>All that belongs to an upload that is coming in pieces.</summary>
    public static string Upload(Guid uploadId) => $"uploads/{uploadId}";

    /// <summary>What has come of it.</summary>
    /// <param name="uploadId">The upload.</param>
    /// <param name="extension">A safe extension (<see cref="BlobStore.SafeExtension"/>) or nothing.</param>
    public static string UploadFile(Guid uploadId, string extension) => $"uploads/{uploadId}/content{extension}";

    /// <summary>The overview picture.</summary>
    public static string Thumbnail(Guid slideId) => $"slides/{slideId}/thumbnail.png";

    /// <summary>Tile corners.</summary>
    /// <param name="slideId">Their slide.</param>
    /// <param name="variant">How they were cut, as the job says.</param>
    public static string Tiles(Guid slideId, string variant) => $"slides/{slideId}/tiles-{variant}.h5";

    /// <summary>Features.</summary>
    /// <param name="slideId">Their slide.</param>
    /// <param name="variant">How they were made, as the job says.</param>
    public static string Features(Guid slideId, string variant) => $"slides/{slideId}/features-{variant}.h5";

    /// <summary>A model's folder.</summary>
    public static string Model(Guid modelId) => $"models/{modelId}";

    /// <summary>A cohort's folder: table.csv, and slides.csv where a second table gives the slides.</summary>
    public static string Cohort(Guid cohortId) => $"cohorts/{cohortId}";

    /// <summary>A run's folder.</summary>
    public static string Run(Guid runId) => $"runs/{runId}";

    /// <summary>A prediction's folder.</summary>
    public static string Prediction(Guid predictionId) => $"predictions/{predictionId}";

    /// <summary>Whether what lies there is never written anew: slides as they came, models, tables. Results are, when a step or its settings change.</summary>
    /// <param name="key">A file or folder.</param>
    public static bool IsFinal(string key) => key.Split('/') switch
    {
        ["slides", _, var name, ..] => name == "original" || name.StartsWith("original.", StringComparison.Ordinal),
        ["models" or "cohorts", ..] => true,
        _ => false,
    };

    /// <summary>Brings a slide to where readers can open it.</summary>
    /// <param name="blobs">The files.</param>
    /// <param name="slide">Of one file, or of several.</param>
    /// <param name="cancel">Leaves what is whole.</param>
    /// <returns>What readers open.</returns>
    /// <exception cref="BlobsAwayException">The store does not answer.</exception>
    public static async Task<string> FetchSlideAsync(this BlobStore blobs, Entities.Slide slide, CancellationToken cancel)
    {
        var folder = SlideFolder(slide.Id);
        if (!slide.BlobKey.StartsWith(folder + "/", StringComparison.Ordinal))
            return await blobs.FetchAsync(slide.BlobKey, cancel);
        await blobs.FetchFolderAsync(folder, cancel);
        return blobs.PathOf(slide.BlobKey);
    }
}
