using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mhim.Mil.Inference;

namespace Mhim.Workers.Pipeline;

/// <summary>The files of a prediction, by their names in its folder.</summary>
public static class PredictionFiles
{
    /// <summary>The result as JSON (<see cref="PredictionSummary"/>); written last, so its presence says that all is there.</summary>
    public const string Summary = "prediction.json";

    /// <summary>Instance scores over the slide.</summary>
    public const string Heatmap = "heatmap.png";

    /// <summary>Tiles with their scores, for QuPath.</summary>
    public const string Tiles = "tiles.geojson";

    /// <summary>Tiles that counted most.</summary>
    /// <param name="rank">From 1.</param>
    public static string TopTile(int rank) => $"top-tiles/{rank}.png";
}

/// <summary>A class and its probability.</summary>
/// <param name="Name">The class.</param>
/// <param name="Probability">0 to 1.</param>
public sealed record ClassProbability(string Name, double Probability);

/// <summary>A point of a survival curve.</summary>
/// <param name="Until">End of the time bin, in the unit of the cohort's times.</param>
/// <param name="Probability">0 to 1, to be free of the event until then.</param>
public sealed record SurvivalPoint(double Until, double Probability);

/// <summary>A tile that counted most.</summary>
/// <param name="Rank">From 1.</param>
/// <param name="X">Level-0 pixels from the left.</param>
/// <param name="Y">Level-0 pixels from the top.</param>
/// <param name="Score">Instance score, 0 to 1.</param>
public sealed record TopTileSummary(int Rank, long X, long Y, double Score);

/// <summary>The easy and the hard tiles of a slide, by their indices from 0 in the order of tiles.geojson and the feature file, such as <c>0-11,13,20-39</c>.</summary>
/// <param name="ScoredBy"><c>teacher</c>, or <c>model</c> where only the student was kept.</param>
/// <param name="EasyTiles">How many the teacher would mask.</param>
/// <param name="HardTiles">How many would stay.</param>
/// <param name="Easy">Which the teacher would mask.</param>
/// <param name="Hard">Which would stay.</param>
public sealed record MaskSummary(string ScoredBy, int EasyTiles, int HardTiles, string Easy, string Hard)
{
    /// <summary>Of a prediction's mask; null for none.</summary>
    public static MaskSummary? Of(InstanceMask? mask) => mask is null ? null
        : new MaskSummary(mask.ByTeacher ? "teacher" : "model", mask.Easy.Count, mask.Hard.Count, Ranges(mask.Easy), Ranges(mask.Hard));

    /// <summary>Ascending indices, neighbours as first-last.</summary>
    public static string Ranges(IReadOnlyList<int> indices)
    {
        var text = new StringBuilder();
        for (var i = 0; i < indices.Count; i++)
        {
            var first = i;
            while (i + 1 < indices.Count && indices[i + 1] == indices[i] + 1)
                i++;
            text.Append(text.Length > 0 ? "," : "").Append(indices[first]).Append(i > first ? $"-{indices[i]}" : "");
        }
        return text.ToString();
    }
}

/// <summary>What stands in <c>prediction.json</c>.</summary>
/// <param name="Slide">The slide's id.</param>
/// <param name="SlideSha256">Hash of its content.</param>
/// <param name="Model">The model's name.</param>
/// <param name="ModelSha256">Hash of its weights file.</param>
/// <param name="Encoder">The encoder.</param>
/// <param name="Mpp">Resolution of the tiles, µm per pixel.</param>
/// <param name="TileSize">Side of a tile at that resolution, pixels.</param>
/// <param name="TileSizeLevel0">Side of a tile at level 0, pixels.</param>
/// <param name="Tiles">N.</param>
/// <param name="PredictedClass">The most probable class.</param>
/// <param name="Classes">All classes, in the model's order.</param>
/// <param name="ScoredClass">The class that the instance scores are about.</param>
/// <param name="TopTiles">By rank.</param>
/// <param name="Notice">What this must not be used for.</param>
/// <param name="Inputs">Hash over all that decided this.</param>
public sealed record PredictionSummary(
    string Slide, string SlideSha256, string Model, string ModelSha256, string Encoder, double Mpp, int TileSize, int TileSizeLevel0, int Tiles,
    string PredictedClass, IReadOnlyList<ClassProbability> Classes, string ScoredClass, IReadOnlyList<TopTileSummary> TopTiles, string Notice, string Inputs)
{
    /// <summary>Survival models: −Σ of the curve, higher is worse; null, and not written, for classes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Risk { get; init; }

    /// <summary>Survival models: the curve, one point per time bin; null, and not written, for classes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SurvivalPoint>? Survival { get; init; }

    /// <summary>Models trained with a mask: which tiles the teacher would have hidden; null, and not written, for plain ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MaskSummary? Mask { get; init; }

    static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Form);

    /// <summary>Reads it from a prediction's folder; null when there is none, or none that can be read.</summary>
    public static PredictionSummary? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<PredictionSummary>(File.ReadAllText(Path.Combine(folder, PredictionFiles.Summary)), Form);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
