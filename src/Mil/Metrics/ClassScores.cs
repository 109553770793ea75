namespace Mhim.Mil.Metrics;

/// <summary>What a classifier said about N cases and what was true: the input of every classification metric. Immutable by convention.</summary>
public sealed class ClassScores
{
    /// <summary>Takes labels and probabilities; refuses lengths that disagree.</summary>
    /// <param name="labels">[N] true class indexes, 0 … <paramref name="classes"/> − 1.</param>
    /// <param name="probabilities">[N·C] row-major, each row adding up to 1.</param>
    /// <param name="classes">C, at least 2.</param>
    /// <exception cref="ArgumentException">Lengths disagree or a label is out of range.</exception>
    public ClassScores(int[] labels, double[] probabilities, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (probabilities.Length != labels.Length * classes)
            throw new ArgumentException($"{probabilities.Length} probabilities for {labels.Length} cases of {classes} classes.", nameof(probabilities));
        if (labels.Any(label => label < 0 || label >= classes))
            throw new ArgumentException($"A label lies outside 0 … {classes - 1}.", nameof(labels));
        Labels = labels;
        Probabilities = probabilities;
        Classes = classes;
    }

    /// <summary>[N] true class indexes.</summary>
    public int[] Labels { get; }

    /// <summary>[N·C] row-major.</summary>
    public double[] Probabilities { get; }

    /// <summary>C.</summary>
    public int Classes { get; }

    /// <summary>N.</summary>
    public int Count => Labels.Length;

    /// <summary>The C probabilities of one case.</summary>
    public ReadOnlySpan<double> Row(int index) => Probabilities.AsSpan(index * Classes, Classes);

    /// <summary>The class with the highest probability; the first of equals.</summary>
    public int Predicted(int index)
    {
        var row = Row(index);
        var best = 0;
        for (var c = 1; c < row.Length; c++)
            if (row[c] > row[best])
                best = c;
        return best;
    }

    /// <summary>[N] the probability of one class.</summary>
    public double[] Column(int @class)
    {
        var column = new double[Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = Probabilities[i * Classes + @class];
        return column;
    }

    /// <summary>[N] what the cases are ranked by for a class. Of two classes the log odds, which go on telling cases apart where the probability is 1 to its last digit (from
    /// logits 37 apart); of more the probability.</summary>
    public double[] Ranks(int @class)
    {
        var ranks = Column(@class);
        if (Classes == 2)
            for (var i = 0; i < ranks.Length; i++)
                ranks[i] = Math.Log(ranks[i]) - Math.Log(Probabilities[i * 2 + 1 - @class]);
        return ranks;
    }

    /// <summary>The probability that a rank of <see cref="Ranks"/> stands for.</summary>
    internal double Probability(double rank) => Classes == 2 ? 1 / (1 + Math.Exp(-rank)) : rank;

    /// <summary>[N] whether the true class is this one.</summary>
    public bool[] Is(int @class) => Array.ConvertAll(Labels, label => label == @class);

    /// <summary>How many classes some case has.</summary>
    internal int ClassesThere => Labels.Distinct().Count();

    /// <summary>Whether every class that some case has is that of two patients at least: one says nothing of how its class varies.</summary>
    internal bool EveryClassVaries(IReadOnlyList<string> patients) =>
        Labels.Zip(patients).Distinct().CountBy(pair => pair.First).All(pair => pair.Value > 1);

    /// <summary>The cases at these rows, in this order; a row may come more than once (bootstrap).</summary>
    public ClassScores Pick(IReadOnlyList<int> rows)
    {
        var labels = new int[rows.Count];
        var probabilities = new double[rows.Count * Classes];
        for (var i = 0; i < rows.Count; i++)
        {
            labels[i] = Labels[rows[i]];
            Row(rows[i]).CopyTo(probabilities.AsSpan(i * Classes));
        }
        return new ClassScores(labels, probabilities, Classes);
    }

    /// <summary>Softmax of logits at a temperature.</summary>
    /// <param name="labels">[N] true class indexes.</param>
    /// <param name="logits">[N·C] row-major.</param>
    /// <param name="classes">C, at least 2.</param>
    /// <param name="temperature">Divides the logits; above 0, 1 leaves them as they are.</param>
    public static ClassScores FromLogits(int[] labels, ReadOnlySpan<double> logits, int classes, double temperature = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        var probabilities = new double[logits.Length];
        for (var at = 0; at + classes <= logits.Length; at += classes)
        {
            var max = double.NegativeInfinity;
            for (var c = 0; c < classes; c++)
                max = Math.Max(max, logits[at + c]);
            var sum = 0.0;
            for (var c = 0; c < classes; c++)
                sum += probabilities[at + c] = Math.Exp((logits[at + c] - max) / temperature);
            for (var c = 0; c < classes; c++)
                probabilities[at + c] /= sum;
        }
        return new ClassScores(labels, probabilities, classes);
    }
}
