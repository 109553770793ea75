using Mhim.Benchmarks;
using Mhim.Features;

// A benchmark is one file and one line here. It gets the words after its name and returns the exit code: 0 when its claim holds.
var benchmarks = new SortedDictionary<string, (string Does, Func<string[], int> Run)>(StringComparer.Ordinal)
{
    ["chaos"] = ("60 jobs over Postgres, a service and three workers, while processes are killed every few seconds (a number: minutes, by default 10)", ChaosTrial.Run),
    ["classic-mil"] = ("musk1, elephant, tiger: 10 folds x 5 seeds, plain AB-MIL and MHIM (a number: that many seeds)", ClassicMil.Run),
    ["dashboard"] = ("in a real browser: first paint, frames while panning 100,000² pixels under a heatmap of 50,000 tiles, JavaScript sent", DashboardTrial.Run),
    ["extract-kill"] = ("extract on 40 small slides, killed ten times and started again, and by two processes at once: the same bytes (a number: the seed)", ExtractKill.Run),
    ["fuzz-api"] = ("3,000 generated requests against the OpenAPI document (a number: that many; a second: the seed): no 500, nothing shown, lost or left that should not be", FuzzApi.Run),
    ["fuzz-slides"] = ("2,000 mutated slide files (a number: that many): no crash, no hang, no memory over 1 GB, typed errors only", FuzzSlides.Run),
    ["hard-instances"] = ("the paper's claim: bags with few easy and many hard instances, MHIM against its own baseline", HardInstances.Run),
    ["image"] = ("the Dockerfile's steps in a Debian 13 root made by mmdebstrap, as root; ends with a healthy api that answers a prediction; the compose file is checked before (compose: only that; keep: leaves the roots there)", ImageBenchmark.Run),
    ["products"] = ("matrix products of a training step: GFLOP/s of libtorch and of ours in float32, of libtorch in bf16", _ => Products.Run()),
    ["service"] = ("5 GB uploads, 200 viewers at 500 tiles a second, seconds until a job starts (upload, viewers, start: only that; a number: GB)", ServiceTrial.Run),
    ["survival"] = ("a planted risk for the patients of tcga_blca_survival: found, not found when shuffled, wrong polarity caught (a number: that many shuffles)", SurvivalBenchmark.Run),
    ["train-step"] = ("seconds of a training step by bag size, backbone and threads, against the matrix-product floor and PyTorch", TrainStep.Run),
    ["stain-texture"] = ("features without download on a breast cancer slide: patch AUC, ms per tile", StainTexture.Run),
    ["synthetic"] = ("the demo cohort: drawing time, tumour share, ceiling and floor of what can be learnt", Synthetic.Run),
    ["tiles"] = ("tiles per second against python3-openslide: full scale, half scale, unaligned; whole slides to features, memory (whole: only those)", TilesBenchmark.Run),
};

if (args is [] or ["-h" or "--help" or "help"])
{
    foreach (var (name, (does, _)) in benchmarks)
        Console.WriteLine($"{name,-20} {does}");
    return 0;
}
if (benchmarks.TryGetValue(args[0], out var benchmark))
{
    if (args[1..] is ["-h" or "--help", ..])
    {
        Console.WriteLine(benchmark.Does);
        return 0;
    }
    try
    {
        return benchmark.Run(args[1..]);
    }
    catch (InputException wrong)
    {
        Console.Error.WriteLine(wrong.Message);
        return 2;
    }
}
Console.Error.WriteLine($"There is no benchmark '{args[0]}'; the names are: {string.Join(", ", benchmarks.Keys)}.");
return 2;
