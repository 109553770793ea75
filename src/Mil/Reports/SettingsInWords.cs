using System.Globalization;
using Mhim.Mil.Training;

namespace Mhim.Mil.Reports;

/// <summary>With what a run was trained, in words: the numbers by which readers tell two reports apart. All others are in the run's <c>options.json</c>.</summary>
internal static class SettingsInWords
{
    /// <summary>The facts of a report.</summary>
    /// <param name="options">Of the run.</param>
    public static IEnumerable<ReportFact> Of(RunOptions options)
    {
        var model = options.Model;
        List<string> said = [F($"{(model.Projection ? model.EmbedDim : model.InputDim)} wide"), F($"dropout {model.Dropout}"), In(options.Baseline)];
        if (options.Restarts > 0)
            said.Add(F($"the best of {options.Restarts + 1} first weights each"));
        if (options.HalfFeatures)
            said.Add("features rounded to float16");
        if (options.Precision == ComputePrecision.BFloat16)
            said.Add("trained in bf16");
        if (options.SurvivalAlpha > 0)
            said.Add(F($"censored cases weigh 1 − {options.SurvivalAlpha}"));
        yield return new("Settings", string.Join(", ", said));
        if (model.Masking is { } mask)
            yield return new("MHIM", string.Join(", ", Mhim(options, mask)));
    }

    static IEnumerable<string> Mhim(RunOptions options, MaskingOptions mask)
    {
        var (model, search) = (options.Model, options.Search);
        yield return search is null ? F($"masks {mask.RatioHigh * 100:0.##}% of the highest scores") : F($"masks {List(search.RatioHigh, ratio => ratio * 100)}% of the highest scores");
        if (mask.RatioLow > 0)
            yield return F($"{mask.RatioLow * 100:0.##}% of the lowest");
        if (mask.RatioRandom > 0)
            yield return F($"{mask.RatioRandom * 100:0.##}% of all at random");
        if (model.Recycling is { } recycling)
            yield return search is null ? F($"keeps {recycling.KeepRatio * 100:0.##}% of the rest and recycles what goes into {recycling.Tokens} tokens")
                : F($"keeps {List(search.KeepRatio, ratio => ratio * 100)}% of the rest and recycles what goes into {List(search.Tokens, tokens => tokens)} tokens");
        yield return search?.ConsistencyWeights is { } weights ? F($"consistency {List(weights, weight => weight)}") : F($"consistency {model.Consistency.Weight}");
        yield return F($"teacher's momentum {model.Teacher.Momentum}");
        if (options.Training != options.Baseline)
            yield return In(options.Training);
        if (search is not null)
            yield return $"of these the best on {(options.ChooseOnTest ? "the test part" : "validation")}, fold by fold";
    }

    static string In(TrainingOptions training) => F($"learning rate {training.LearningRate:0.##########}, weight decay {training.WeightDecay:0.##########}, up to {training.Epochs} epochs")
        + (training.Patience > 0 ? F($" (ended after {training.Patience} without a better one)") : "");

    static string List<T>(IReadOnlyList<T> values, Func<T, double> number) => string.Join(" or ", values.Select(value => F($"{number(value):0.####}")));

    static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
