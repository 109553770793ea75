using Mhim.Features;

namespace Mhim.Mil.Training;

/// <summary>Single settings that shall be otherwise than a preset has them, under the names that papers give them. Null: as the preset has it.</summary>
public sealed record RunChanges
{
    /// <summary>Epochs at most, 1 or more.</summary>
    public int? Epochs { get; init; }

    /// <summary>Learning rate, above 0.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Weight decay, 0 or more.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Numbers per instance after the projection, a multiple of 8.</summary>
    public int? Width { get; init; }

    /// <summary>Share of the projected numbers that training drops, 0 ≤ p &lt; 1.</summary>
    public double? Dropout { get; init; }

    /// <summary>Share of the instances that the teacher finds easiest and the student does not see (ratio_h), 0..1.</summary>
    public double? MaskRatio { get; init; }

    /// <summary>Share of the rest that the student sees as it is (merge_ratio), 0..1.</summary>
    public double? KeepRatio { get; init; }

    /// <summary>Tokens that recycled instances become (k), 1 or more.</summary>
    public int? Tokens { get; init; }

    /// <summary>Weight of the tie between student and teacher (aux_alpha), 0 or more.</summary>
    public double? Consistency { get; init; }

    /// <summary>How much of the baseline MHIM's student starts from.</summary>
    public StudentStart? Student { get; init; }

    /// <summary>Learning rate of MHIM alone, above 0; null: as <see cref="LearningRate"/> says. A student that starts from the whole baseline goes on best at a fraction of it.</summary>
    public double? MhimLr { get; init; }

    /// <summary>How the teacher's momentum changes during training.</summary>
    public MomentumSchedule? MomentumSchedule { get; init; }

    /// <summary>Settings of MHIM of which the best on validation is taken, fold by fold; what else is named here stays as it is named.</summary>
    public SearchGrid? Search { get; init; }

    /// <summary>The preset with these settings.</summary>
    /// <param name="basis">As the preset has it.</param>
    /// <param name="unused">Words the error for a setting (the name of a property of this record) that changes a part which the preset does not have.</param>
    /// <exception cref="InputException">What <paramref name="unused"/> gave.</exception>
    public RunOptions Apply(RunOptions basis, Func<string, string, InputException> unused)
    {
        var model = basis.Model with { EmbedDim = Width ?? basis.Model.EmbedDim, Dropout = Dropout ?? basis.Model.Dropout };
        if (MaskRatio is { } mask)
            model = model with { Masking = Needed(model.Masking, nameof(MaskRatio), "mask") with { RatioHigh = mask } };
        if (KeepRatio is { } keep)
            model = model with { Recycling = Needed(model.Recycling, nameof(KeepRatio), "recycle network") with { KeepRatio = keep } };
        if (Tokens is { } tokens)
            model = model with { Recycling = Needed(model.Recycling, nameof(Tokens), "recycle network") with { Tokens = tokens } };
        if (Consistency is { } weight)
        {
            Needed(model.Masking, nameof(Consistency), "teacher");
            model = model with { Consistency = model.Consistency with { Weight = weight } };
        }
        if (MomentumSchedule is { } schedule)
        {
            Needed(model.Masking, nameof(MomentumSchedule), "teacher");
            model = model with { Teacher = model.Teacher with { Schedule = schedule } };
        }
        if (Student is not null)
            Needed(model.Masking, nameof(Student), "student");
        if (MhimLr is not null)
            Needed(model.Masking, nameof(MhimLr), "student");
        if (Search is not null)
            Needed(model.Masking, nameof(Search), "mask");
        // What is named is not searched for.
        var search = Search is null || (MaskRatio, KeepRatio, Tokens, Consistency) is (null, null, null, null) ? Search : Search with
        {
            RatioHigh = MaskRatio is { } ratio ? [ratio] : Search.RatioHigh, KeepRatio = KeepRatio is { } share ? [share] : Search.KeepRatio,
            Tokens = Tokens is { } number ? [number] : Search.Tokens, ConsistencyWeights = Consistency is null ? Search.ConsistencyWeights : null,
        };
        return basis with
        {
            Model = model, Student = Student ?? basis.Student, Search = search ?? basis.Search,
            Baseline = Changed(basis.Baseline, LearningRate), Training = Changed(basis.Training, MhimLr ?? LearningRate),
        };

        T Needed<T>(T? part, string setting, string what) where T : class => part ?? throw unused(setting, what);

        TrainingOptions Changed(TrainingOptions training, double? rate) => training with
        {
            Epochs = Epochs ?? training.Epochs, LearningRate = rate ?? training.LearningRate, WeightDecay = WeightDecay ?? training.WeightDecay,
        };
    }
}
