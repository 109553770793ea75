using CsCheck;
using Mhim.Mil.Metrics;

namespace Mhim.Mil.Tests.Metrics;

public sealed class MetricTests
{
    const double Close = 1e-9;

    [Fact]
    public void Auc_counts_pairs_and_ties_half()
    {
        // Pairs (0.9, 0.5) right, (0.9, 0.2) right, (0.5, 0.5) half, (0.5, 0.2) right.
        Assert.Equal(3.5 / 4, Ranking.RocAuc([0.9, 0.5, 0.5, 0.2], [true, true, false, false]), Close);
        Assert.Equal(0.5, Ranking.RocAuc([1, 1, 1], [true, false, true]), Close);
        Assert.True(double.IsNaN(Ranking.RocAuc([1, 2], [true, true])));
    }

    [Fact]
    public void Average_precision_of_a_small_list()
    {
        // Ranked + − + −: precision 1 at recall ½, ⅔ at recall 1.
        Assert.Equal(0.5 + 0.5 * 2 / 3, Ranking.AveragePrecision([4, 3, 2, 1], [true, false, true, false]), Close);
    }

    [Fact]
    public void Area_under_the_roc_points_is_the_auc() =>
        Gen.Select(Gen.Int[0, 9], Gen.Bool).Array[2, 40].Sample(cases =>
        {
            double[] scores = [.. cases.Select(pair => (double)pair.Item1)];
            bool[] positive = [.. cases.Select(pair => pair.Item2)];
            var points = Curves.Roc(scores, positive);
            var auc = Ranking.RocAuc(scores, positive);
            return points.Count == 0 ? double.IsNaN(auc)
                : Math.Abs(auc - points.Zip(points.Skip(1), (a, b) => (b.X - a.X) * (a.Y + b.Y) / 2).Sum()) < Close;
        }, iter: 500);

    [Fact]
    public void Metrics_of_a_confusion_matrix_name_their_average()
    {
        var confusion = new ConfusionMatrix(new[,] { { 8, 2 }, { 1, 1 } });
        Assert.Equal(9.0 / 12, confusion.Accuracy, Close);
        Assert.Equal((0.8 + 0.5) / 2, confusion.BalancedAccuracy, Close);
        Assert.Equal((16.0 / 19 + 2.0 / 5) / 2, confusion.MacroF1, Close);
        // Chance agreement (10·9 + 2·3) / 144 = ⅔.
        Assert.Equal((0.75 - 2.0 / 3) / (1.0 / 3), confusion.Kappa, Close);
    }

    [Fact]
    public void Quadratic_kappa_forgives_neighbours_more_than_strangers()
    {
        var near = new ConfusionMatrix(new[,] { { 4, 1, 0 }, { 0, 5, 0 }, { 0, 0, 5 } });
        var far = new ConfusionMatrix(new[,] { { 4, 0, 1 }, { 0, 5, 0 }, { 0, 0, 5 } });
        Assert.Equal(near.Accuracy, far.Accuracy, Close);
        Assert.True(near.QuadraticKappa > far.QuadraticKappa);
    }

    [Fact]
    public void Tails_agree_with_tables()
    {
        Assert.Equal(0.05, Tails.ChiSquare(3.841458820694124, 1), 1e-10);
        Assert.Equal(0.05, Tails.ChiSquare(7.814727903251179, 3), 1e-10);
        Assert.Equal(0.3173105078629141, Tails.TwoSidedNormal(-1), 1e-12);
        Assert.Equal(1.2441921148543639e-15, Tails.TwoSidedNormal(8), 1e-24);
        Assert.Equal(1, Tails.ChiSquare(0, 1));
    }

    [Fact]
    public void DeLong_is_symmetric_and_matches_the_definition()
    {
        double[] a = [0.9, 0.8, 0.4, 0.7, 0.3, 0.6, 0.2, 0.1], b = [0.5, 0.9, 0.3, 0.6, 0.4, 0.7, 0.8, 0.2];
        bool[] truth = [true, true, true, true, false, false, false, false];
        var test = DeLong.Test(a, b, truth);
        Assert.Equal(Ranking.RocAuc(a, truth), test.AucA, Close);
        Assert.Equal(Ranking.RocAuc(b, truth), test.AucB, Close);
        // Placements by hand: S10 of A and B per positive, S01 per negative.
        double[] positives = [1 - 0.5, 1 - 1, 0.75 - 0.25, 1 - 0.5], negatives = [1 - 0.75, 0.75 - 0.25, 1 - 0.25, 1 - 1];
        static double Variance(double[] d) => d.Sum(x => (x - d.Average()) * (x - d.Average())) / (d.Length - 1) / d.Length;
        Assert.Equal(Math.Sqrt(Variance(positives) + Variance(negatives)), test.StandardError, Close);
        Assert.Equal(test.P, DeLong.Test(b, a, truth).P, Close);
        Assert.Equal(1, DeLong.Test(a, [.. a.Select(x => x * x)], truth).P);
    }

    [Fact]
    public void Calibration_of_hand_made_probabilities()
    {
        var scores = new ClassScores([1, 1, 0, 0], [0.2, 0.8, 0.4, 0.6, 0.4, 0.6, 0.8, 0.2], 2);
        Assert.Equal((0.04 + 0.16 + 0.36 + 0.04) / 4, Calibration.Brier(scores), Close);
        // Called with 0.8: two of two right; called with 0.6: one of two right.
        Assert.Equal((2 * 0.2 + 2 * 0.1) / 4, Calibration.ExpectedError(scores), Close);
        var curve = Calibration.Curve(scores.Column(1), scores.Is(1), 5);
        Assert.Equal([new(0.2, 0, 1), new(0.6, 0.5, 2), new(0.8, 1, 1)], curve.Select(p => p with { Predicted = Math.Round(p.Predicted, 9) }));
    }

    [Fact]
    public void The_temperature_that_made_the_labels_is_found_again()
    {
        var random = new Random(3);
        int[] labels = new int[4000];
        double[] logits = new double[8000];
        for (var i = 0; i < labels.Length; i++)
        {
            var logit = random.NextDouble() * 8 - 4;
            labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(-logit)) ? 1 : 0;
            logits[2 * i + 1] = logit * 3; // three times too sure
        }
        Assert.InRange(Calibration.FitTemperature(labels, logits, 2), 2.7, 3.3);
    }

    [Theory]
    [InlineData(19, 2, 24, 10)]       // the one that is wrong by far weighs most
    [InlineData(60, 3, 22, 1.522)]
    [InlineData(60, 3, 23, 1.562)]
    [InlineData(20, 60, -60, 0.25)]   // all right: nothing says that it was too sure
    [InlineData(20, 400, -400, 0.25)]
    public void A_case_that_is_wrong_by_far_is_not_lost_to_the_temperature(int right, double margin, double wrongBy, double temperature)
    {
        int[] labels = [.. Enumerable.Repeat(0, right + 1)];
        double[] logits = [.. Enumerable.Repeat((double[])[margin, 0], right).SelectMany(pair => pair), 0, wrongBy];
        Assert.Equal(temperature, Calibration.FitTemperature(labels, logits, 2), 1e-3);
        // ln p in place of logits, as a training gives them.
        double[] logs = [.. logits.Chunk(2).SelectMany(pair => pair.Select(l => Math.Max(l - pair.Max() - Math.Log(pair.Sum(other => Math.Exp(other - pair.Max()))), Math.Log(1e-300))))];
        Assert.Equal(temperature, Calibration.FitTemperature(labels, logs, 2), 1e-3);
    }

    [Fact]
    public void Intervals_resample_patients_not_rows()
    {
        // 10 patients with 50 equal rows each: the interval must be that of 10 draws, not of 500.
        string[] patients = [.. Enumerable.Range(0, 500).Select(i => $"p{i / 50}")];
        bool[] right = [.. Enumerable.Range(0, 500).Select(i => i / 50 % 2 == 0)];
        double Share(IReadOnlyList<int> rows) => rows.Count(row => right[row]) / (double)rows.Count;
        var estimate = Bootstrap.Intervals(patients, rows => [Share(rows)])[0];
        Assert.Equal(0.5, estimate.Value, Close);
        Assert.InRange(estimate.Low, 0.1, 0.3);
        Assert.InRange(estimate.High, 0.7, 0.9);
        Assert.Equal(estimate, Bootstrap.Intervals(patients, rows => [Share(rows)])[0]);
        Assert.NotEqual(estimate, Bootstrap.Intervals([.. Enumerable.Range(0, 500).Select(i => $"{i}")], rows => [Share(rows)])[0]);
    }

    [Fact]
    public void The_paired_test_sees_a_difference_only_where_there_is_one()
    {
        string[] patients = [.. Enumerable.Range(0, 60).Select(i => $"p{i}")];
        var (difference, p) = Bootstrap.PairedTest(patients, rows => rows.Average(row => row % 3 == 0 ? 0.0 : 1.0));
        Assert.Equal(2.0 / 3, difference.Value, Close);
        Assert.Equal(2.0 / 1001, p, Close);
        Assert.True(Bootstrap.PairedTest(patients, rows => rows.Average(row => row % 2 == 0 ? -1.0 : 1.0)).P > 0.5);
    }

    [Fact]
    public void A_table_of_metrics_has_intervals_around_its_values_and_nulls_where_nothing_can_be_told()
    {
        var random = new Random(5);
        int[] labels = [.. Enumerable.Range(0, 90).Select(i => i % 3)];
        var scores = ClassScores.FromLogits(labels, [.. labels.SelectMany(y => Enumerable.Range(0, 3).Select(c => random.NextDouble() * 2 + (c == y ? 1 : 0)))], 3);
        string[] patients = [.. Enumerable.Range(0, 90).Select(i => $"p{i / 2}")];
        foreach (var metric in MetricTable.Of(scores, patients, resamples: 200))
        {
            Assert.NotNull(metric.Value);
            // Calibration error is biased upward by resampling, so its interval need not hold the value.
            if (metric.Name != "calibration_error")
                Assert.InRange(metric.Value!.Value, metric.Low!.Value, metric.High!.Value);
        }
        var one = MetricTable.Of(scores.Pick([0, 3, 6]), ["a", "b", "c"], resamples: 20);
        Assert.Null(one.Single(metric => metric.Name == "auc").Value);
    }

    [Fact]
    public void A_class_of_one_patient_has_a_score_and_no_interval()
    {
        // Two classes that are told apart, and one patient of a third that is not.
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 2), 2];
        var scores = ClassScores.FromLogits(labels, [.. labels.SelectMany(y => Enumerable.Range(0, 3).Select(c => y == 2 ? (c == 2 ? -9.0 : 0) : c == y ? 3.0 : 0))], 3);
        var table = MetricTable.Of(scores, [.. labels.Select((_, i) => $"p{i}")], resamples: 200);
        foreach (var name in new[] { "auc", "average_precision", "balanced_accuracy", "f1" })
            Assert.Equal((true, null), (table.Single(metric => metric.Name == name).Value is > 0 and < 1, table.Single(metric => metric.Name == name).High));
        Assert.NotNull(table.Single(metric => metric.Name == "accuracy").High);
        // With a second patient of it no resample that lacks the class counts: none reaches the 1 of the other two.
        labels = [.. labels, 2];
        scores = ClassScores.FromLogits(labels, [.. labels.SelectMany(y => Enumerable.Range(0, 3).Select(c => y == 2 ? (c == 2 ? -9.0 : 0) : c == y ? 3.0 : 0))], 3);
        var auc = MetricTable.Of(scores, [.. labels.Select((_, i) => $"p{i}")], resamples: 200)[0];
        Assert.InRange(auc.High!.Value, auc.Value!.Value, 0.9);
        // One event likewise.
        var risks = new RiskScores([1, .. Enumerable.Range(2, 20)], [true, .. new bool[20]], [9, .. Enumerable.Range(0, 20)]);
        var index = MetricTable.Of(risks, [.. risks.Times.Select(t => $"{t}")], resamples: 200)[0];
        Assert.NotNull(index.Value);
        Assert.Null(index.Low);
    }

    [Fact]
    public void Where_there_is_no_interval_there_is_no_p_and_no_resamples_are_no_crash()
    {
        var (difference, p) = Bootstrap.PairedTest(["a", "b"], rows => rows.Average(row => row + 1.0));
        Assert.Equal(1.5, difference.Value, Close);
        Assert.True(double.IsNaN(p) && double.IsNaN(difference.Low));
        string[] six = ["a", "b", "c", "d", "e", "f"];
        Assert.True(double.IsNaN(Bootstrap.PairedTest(six, rows => rows.Count == 6 && rows.Distinct().Count() == 6 ? 1 : double.NaN).P));
        Assert.True(double.IsNaN(Bootstrap.Intervals(six, _ => [1.0], resamples: 0)[0].Low));
    }

    [Fact]
    public void A_handful_of_patients_has_no_interval_and_one_class_no_precision()
    {
        var scores = ClassScores.FromLogits([0, 1, 0, 1, 0, 1], [2, 0, 0, 2, 2, 0, 0, 2, 2, 0, 2, 0], 2);
        Assert.All(MetricTable.Of(scores, ["a", "a", "b", "b", "c", "d"], resamples: 20), metric => Assert.Null(metric.Low));
        Assert.NotNull(MetricTable.Of(scores, ["a", "a", "b", "b", "c", "d"], resamples: 20)[2].Value);
        Assert.NotNull(MetricTable.Of(scores, ["a", "e", "b", "b", "c", "d"], resamples: 20)[2].Low);
        Assert.True(double.IsNaN(Ranking.AveragePrecision([0.2, 0.7], [true, true])));
        var threes = MetricTable.Of(ClassScores.FromLogits([0, 1, 0], [1, 0, 0, 0, 1, 0, 1, 0, 0], 3), ["a", "b", "c"], resamples: 0, classes: ["low", "medium", "high"]);
        Assert.Equal("macro, one-vs-rest, without high", threes[0].Average);
        Assert.Equal("over cases, squared distance in the order low, medium, high", threes.Single(metric => metric.Name == "kappa_quadratic").Average);
        Assert.True(double.IsNaN(DeLong.Test([0.5, 0.5, 0.5, 0.5], [0.1, 0.2, 0.8, 0.9], [false, false, true, true]).P)); // two and two prove nothing
    }

    [Fact]
    public void One_positive_says_nothing_of_how_positives_vary()
    {
        var one = DeLong.Test([0.9, 0.1, 0.2], [0.05, 0.1, 0.2], [true, false, false]);
        Assert.Equal((1, 0), (one.AucA, one.AucB));
        Assert.True(double.IsNaN(one.P));
        Assert.True(double.IsNaN(DeLong.Test([0.9, 0.1, 0.2], [0.05, 0.1, 0.2], [true, true, false]).P));
    }

    [Fact]
    public void Cases_are_told_apart_where_a_probability_is_1_to_its_last_digit()
    {
        static double[] Of(double gap) => [1 / (1 + Math.Exp(gap)), 1 / (1 + Math.Exp(-gap))];
        var scores = new ClassScores([1, 0, 0], [.. Of(40), .. Of(38), .. Of(-40)], 2);
        Assert.Equal(scores.Column(1)[0], scores.Column(1)[1]);
        Assert.Equal(1, Ranking.RocAuc(scores));
        Assert.Equal(1, Ranking.AveragePrecision(scores));
        foreach (var (rank, p) in scores.Ranks(1).Zip(scores.Column(1)))
            Assert.Equal(p, scores.Probability(rank), 12);
    }
}
