using Mhim.Features;
using Mhim.Mil.Inference;
using Mhim.Mil.Metrics;
using Mhim.Mil.Training;
using Mhim.Tiling.Synthetic;

namespace Mhim.Workers.Demo;

/// <summary>How well a model's instance scores find the tumour, on slides of patients that it was not trained on.</summary>
/// <param name="Pooled">AUC over the tiles of all held-out slides together.</param>
/// <param name="PerSlide">AUC of each held-out slide with tumour, averaged: how well one heatmap points at the tumour.</param>
/// <param name="Tiles">Tiles judged.</param>
/// <param name="TumourTiles">Tiles of which at least a quarter is tumour: the positives.</param>
sealed record DemoTruth(double Pooled, double PerSlide, int Tiles, int TumourTiles)
{
    /// <summary>Share of a tile that must be tumour for it to count as a tumour tile; all others count as free of it.</summary>
    const double TumourShare = 0.25;

    /// <summary>Scores every held-out slide with the model of its own fold and compares with the drawn truth.</summary>
    /// <param name="result">The run.</param>
    /// <param name="runDir">Its folder.</param>
    /// <param name="stage"><c>baseline</c> or <c>mhim</c>.</param>
    /// <param name="bags">Features.</param>
    /// <param name="truthPath">A slide's truth mask.</param>
    public static DemoTruth Of(RunResult result, string runDir, string stage, IBagSource bags, Func<string, string> truthPath)
    {
        var scores = new List<double>();
        var tumour = new List<bool>();
        var perSlide = new List<double>();
        foreach (var trained in result.Stages.Where(s => s.Stage == stage))
        {
            using var predictor = Predictor.Load(Path.Combine(runDir, trained.ModelDir));
            foreach (var row in trained.HeldOut)
            {
                var bag = bags.Load(row.Id);
                var (slideScores, slideTumour) = Judge(predictor, bag, TruthMask.Load(truthPath(row.Id)));
                scores.AddRange(slideScores);
                tumour.AddRange(slideTumour);
                if (slideTumour.Contains(true) && slideTumour.Contains(false))
                    perSlide.Add(Ranking.RocAuc(slideScores, slideTumour));
            }
        }
        return new DemoTruth(Ranking.RocAuc(scores.ToArray(), tumour.ToArray()), perSlide.Average(), tumour.Count, tumour.Count(t => t));
    }

    static (double[] Scores, bool[] Tumour) Judge(Predictor predictor, FeatureBag bag, TruthMask truth)
    {
        var prediction = predictor.Predict(bag);
        int size = bag.Geometry!.TileSizeLevel0;
        return ([.. prediction.InstanceScores.Select(score => (double)score)],
            [.. bag.Coords.Select(tile => truth.ShareOfTile(tile.X, tile.Y, size) >= TumourShare)]);
    }
}
