using System.Diagnostics;
using Mhim.Mil.Layers.Kernels;
using Mhim.Mil.Training;
using static TorchSharp.torch;

namespace Mhim.Benchmarks;

/// <summary>
/// GFLOP/s of the matrix products of a TransMIL step of 10,000 instances: libtorch's in float32 (MKL), ours in float32, libtorch's in bf16 (oneDNN) where the processor has it. Medians, one after the other in one run.
/// <code>products</code>
/// </summary>
static class Products
{
    const int Times = 9;

    static readonly (string What, long Heads, long M, long K, long N, bool FirstTransposed, bool SecondTransposed)[] Shapes =
    [
        ("square", 1, 2048, 2048, 2048, false, false),
        ("projection", 1, 10_000, 1024, 512, false, true),
        ("its weights' gradient", 1, 512, 9_700, 1024, true, false),
        ("queries, keys, values", 1, 8_000, 512, 512, false, true),
        ("their input's gradient", 1, 8_000, 512, 512, false, false),
        ("landmarks to instances", 1, 256, 64, 8_000, false, true),
        ("instances to landmarks", 1, 8_000, 64, 256, false, true),
        ("read by landmarks", 1, 256, 8_000, 64, false, false),
        ("pseudo-inverse", 8, 256, 256, 256, false, false),
        ("its thin factor", 8, 256, 256, 64, false, false),
    ];

    public static int Run()
    {
        Console.WriteLine(Product.IsFaster ? "Ours are taken on this processor." : "libtorch's are taken on this processor.");
        Console.WriteLine($"{"",-26}{"threads",8}{"libtorch",10}{"ours",8}{"bf16",8}");
        foreach (var threads in new[] { 1, 2 })
        {
            set_num_threads(threads);
            foreach (var (what, heads, m, k, n, firstTransposed, secondTransposed) in Shapes)
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                Tensor Drawn(bool transposed, long rows, long columns)
                {
                    var t = transposed ? randn(heads, columns, rows).transpose(1, 2) : randn(heads, rows, columns);
                    return heads == 1 ? t[0] : t;
                }
                var (a, b) = (Drawn(firstTransposed, m, k), Drawn(secondTransposed, k, n));
                var (halfA, halfB, into) = (a.to(ScalarType.BFloat16), b.to(ScalarType.BFloat16), a.matmul(b));
                var operations = 2.0 * heads * m * k * n;
                double Rate(Action product) => operations / Median(product) / 1e9;
                Console.WriteLine($"{what,-26}{threads,8}{Rate(() => a.matmul(b)),10:0}{Rate(() => Product.Run(into, a, b, null, false, 1)),8:0}{(Precisions.ProcessorHasBFloat16 ? Rate(() => halfA.matmul(halfB)) : double.NaN),8:0}");
            }
        }
        return 0;
    }

    static double Median(Action product)
    {
        product();
        return Enumerable.Range(0, Times).Select(_ =>
        {
            using var scope = NewDisposeScope();
            var watch = Stopwatch.StartNew();
            product();
            return watch.Elapsed.TotalSeconds;
        }).Order().ElementAt(Times / 2);
    }
}
