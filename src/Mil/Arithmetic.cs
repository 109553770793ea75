using TorchSharp;
using static TorchSharp.torch;

namespace Mhim.Mil;

/// <summary>
/// Tensor and number. TorchSharp turns a number into a native scalar that the garbage collector may free while libtorch still reads it
/// (0.107.0; with other threads collecting, garbage or an exception every few ten thousand calls), so each one is kept alive here. Sums of tensors are among them: a + b is a + 1·b, and
/// the 1 a scalar. Everything else in this project calls these instead of the operators.
/// </summary>
internal static class Arithmetic
{
    /// <summary>t·number</summary>
    public static Tensor Times(this Tensor t, double number) => With(number, t.mul);

    /// <summary>t·number, in place.</summary>
    public static Tensor TimesInPlace(this Tensor t, double number) => With(number, t.mul_);

    /// <summary>t + number, in place.</summary>
    public static Tensor PlusInPlace(this Tensor t, double number) => With(number, scalar => With(1, one => t.add_(scalar, one)));

    /// <summary>t + other</summary>
    public static Tensor Plus(this Tensor t, Tensor other) => With(1, one => t.add(other, one));

    /// <summary>t + other, in place.</summary>
    public static Tensor PlusInPlace(this Tensor t, Tensor other) => t.PlusInPlace(other, 1);

    /// <summary>number − t</summary>
    public static Tensor From(this Tensor t, double number) => t.neg().PlusInPlace(number);

    /// <summary>t + factor·other, in place.</summary>
    public static Tensor PlusInPlace(this Tensor t, Tensor other, double factor) => With(factor, scalar => t.add_(other, scalar));

    /// <summary>t + factor·a·b, in place.</summary>
    public static Tensor PlusProductInPlace(this Tensor t, Tensor a, Tensor b, double factor) => With(factor, scalar => t.addcmul_(a, b, scalar));

    /// <summary>t + factor·a/b, in place.</summary>
    public static Tensor PlusQuotientInPlace(this Tensor t, Tensor a, Tensor b, double factor) => With(factor, scalar => t.addcdiv_(a, b, scalar));

    /// <summary>t, but not below a number.</summary>
    public static Tensor AtLeast(this Tensor t, double number) => With(number, t.clamp_min);

    /// <summary>Fills t with a number.</summary>
    public static Tensor FillInPlace(this Tensor t, double number) => With(number, t.fill_);

    /// <summary>Adds rows of another tensor, times a factor, to the rows that the index names, in place.</summary>
    public static Tensor PlusRowsInPlace(this Tensor t, Tensor index, Tensor rows, double factor) =>
        With(factor, scalar => t.index_add_(0, index, rows, scalar));

    static Tensor With(double number, Func<Scalar, Tensor> call)
    {
        Scalar scalar = number;
        var result = call(scalar);
        GC.KeepAlive(scalar);
        scalar.Dispose();
        return result;
    }
}
