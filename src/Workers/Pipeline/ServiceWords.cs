using Mhim.Tiling.Slides;

namespace Mhim.Workers.Pipeline;

/// <summary>
/// The steps say their ways out as options of the command line; whoever uses the service has none. Here is what they can do instead: a field of a request, or
/// a setting that the administrator changes before the job is retried.
/// </summary>
static class ServiceWords
{
    const string Retry = ", then retry";

    static readonly (string Said, string Instead)[] Ways =
    [
        // The slide's resolution.
        ("say it with --mpp (", "state it as `mpp` ("),
        ("example --mpp 0.25", "example 0.25"),
        ("if it is right say --mpp ", "if it is right state `mpp` as "),
        // What kind of picture it is.
        ("to use it all the same, say --any-stain", "to use it all the same, state `anyStain` with PATCH /api/v1/slides/{id}"),
        ("try --saturation 4, or --otsu", "look at it, and scan it again or remove it"),
        // Its tissue, and what lies on it.
        ("try --tissue biopsy, which keeps small pieces", $"have Mhim:Features:Tissue set to biopsy, which keeps small pieces{Retry}"),
        ("ask for a smaller --min-tissue or for smaller tiles", $"have a smaller Mhim:Features:MinTissue set{Retry}"),
        ("say --keep-marks", $"have Mhim:Features:KeepMarks set to true{Retry}"),
        ("keep them with --keep-blurred", $"have Mhim:Features:KeepBlurred set to true{Retry}"),
        (SlideDamage.WayOut, "have more allowed with the setting Mhim:Features:MaxUnreadable"),
        ("take fewer tiles (less --overlap, a larger --min-tissue), or store 16-bit floats with --float16 in extract", $"have a larger Mhim:Features:MinTissue set, for fewer tiles{Retry}"),
        // Tiles are those of an encoder, so another grid is another encoder, or another model.
        ("ask for smaller tiles or a finer --target-mpp", "take an `encoder` of smaller or finer tiles"),
        ("ask for --target-mpp ", "take an `encoder` made for "),
        (" or more (features: with an encoder made for that)", " or more"),
        ("cut the tiles with --tile-size ", "take a model made for tiles of "),
        ("cut them with --target-mpp ", "take a model made for tiles of "),
        // Where it is computed.
        ("take --device cpu or ", "have Mhim:Workers:Device set to cpu, or take "),
        ("Take --device cpu, or ", "Have Mhim:Workers:Device set to cpu, or take "),
    ];

    /// <summary>A sentence of a step, as the service says it.</summary>
    /// <param name="sentence">As the step says it.</param>
    public static string Of(string sentence) => Ways.Aggregate(sentence, (said, way) => said.Replace(way.Said, way.Instead, StringComparison.Ordinal));
}
