using System.Globalization;
using System.Text;
using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Mil.Inference;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Commands;

/// <summary>
/// <c>SLIDE.instances.csv</c>: a line for each instance of a bag, in the feature file's order, whether or not it is known where on the slide it lies. Columns: <c>index</c> from 0; for a case, whose slides follow each other, <c>slide</c>, of which the index then is; <c>x</c> and <c>y</c>, the tile's
/// corner in pixels of level 0, empty where unknown; <c>attention</c>, of all instances 1; a score of 0 to 1 for each class, or for each time bin and their mean, the risk; <c>mask</c>: <c>easy</c> what the teacher would hide in
/// training, <c>hard</c> what would stay, empty for a model without a mask.
/// </summary>
static class PredictInstances
{
    public static void Write(string path, IReadOnlyList<(string Id, FeatureBag Bag)> slides, bool cases, Prediction prediction, IReadOnlyList<string> scored)
    {
        var mask = new string[slides.Sum(slide => slide.Bag.Count)];
        foreach (var (word, rows) in ((string, IReadOnlyList<int>)[])[("easy", prediction.Mask?.Easy ?? []), ("hard", prediction.Mask?.Hard ?? [])])
            foreach (var row in rows)
                mask[row] = word;
        var survival = prediction.Survival is not null;
        var text = new StringBuilder(Csv.Line(["index", .. cases ? (string[])["slide"] : [], "x", "y", "attention", .. scored.Concat(survival ? [PredictStep.Risk] : []).Select(name => $"score {name}"), "mask"]));
        var i = 0;
        foreach (var (index, slide, bag) in slides.SelectMany(slide => Enumerable.Range(0, slide.Bag.Count).Select(index => (index, slide.Id, slide.Bag))))
        {
            var place = bag.Coords.Length > index ? string.Create(CultureInfo.InvariantCulture, $"{bag.Coords[index].X},{bag.Coords[index].Y}") : ",";
            text.Append(CultureInfo.InvariantCulture, $"{index},{(cases ? Csv.Field(slide) + "," : "")}{place},{prediction.Attention[i]:R},");
            for (var c = 0; c < scored.Count; c++)
                text.Append(CultureInfo.InvariantCulture, $"{prediction.ClassScores[i * scored.Count + c]:0.######},");
            if (survival)
                text.Append(CultureInfo.InvariantCulture, $"{prediction.InstanceScores[i]:0.######},");
            text.Append(mask[i++]).Append('\n');
        }
        AtomicFile.WriteAllText(path, text.ToString());
    }
}
