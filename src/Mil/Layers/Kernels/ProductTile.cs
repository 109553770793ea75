using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mhim.Mil.Layers.Kernels;

/// <summary>The innermost part of a matrix product: 24 of the processor's 32 registers hold 12 × 32 sums, two a row of b, one a number of a.</summary>
internal static unsafe class ProductTile
{
    /// <param name="depth">k</param>
    /// <param name="a">[k, 12]</param>
    /// <param name="b">[k, 32]</param>
    /// <param name="into">[12, 32], written: start + factor·aᵀ·b.</param>
    /// <param name="row">Numbers from one row of it to the next.</param>
    /// <param name="start">[12, 32]; null: zero.</param>
    /// <param name="startRow">Numbers from one row of it to the next; 0 for one that holds for all.</param>
    /// <param name="factor">Of the product.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(long depth, float* a, float* b, float* into, long row, float* start, long startRow, float factor)
    {
        const int Lanes = Matrix.Lanes;
        Vector512<float> l0 = default, r0 = default, l1 = default, r1 = default, l2 = default, r2 = default, l3 = default, r3 = default, l4 = default, r4 = default, l5 = default, r5 = default;
        Vector512<float> l6 = default, r6 = default, l7 = default, r7 = default, l8 = default, r8 = default, l9 = default, r9 = default, l10 = default, r10 = default, l11 = default, r11 = default;
        for (long p = 0; p < depth; p++, a += 12, b += 2 * Lanes)
        {
            var (left, right) = (Vector512.LoadAligned(b), Vector512.LoadAligned(b + Lanes));
            var a0 = Vector512.Create(a[0]);
            l0 = Vector512.FusedMultiplyAdd(a0, left, l0);
            r0 = Vector512.FusedMultiplyAdd(a0, right, r0);
            var a1 = Vector512.Create(a[1]);
            l1 = Vector512.FusedMultiplyAdd(a1, left, l1);
            r1 = Vector512.FusedMultiplyAdd(a1, right, r1);
            var a2 = Vector512.Create(a[2]);
            l2 = Vector512.FusedMultiplyAdd(a2, left, l2);
            r2 = Vector512.FusedMultiplyAdd(a2, right, r2);
            var a3 = Vector512.Create(a[3]);
            l3 = Vector512.FusedMultiplyAdd(a3, left, l3);
            r3 = Vector512.FusedMultiplyAdd(a3, right, r3);
            var a4 = Vector512.Create(a[4]);
            l4 = Vector512.FusedMultiplyAdd(a4, left, l4);
            r4 = Vector512.FusedMultiplyAdd(a4, right, r4);
            var a5 = Vector512.Create(a[5]);
            l5 = Vector512.FusedMultiplyAdd(a5, left, l5);
            r5 = Vector512.FusedMultiplyAdd(a5, right, r5);
            var a6 = Vector512.Create(a[6]);
            l6 = Vector512.FusedMultiplyAdd(a6, left, l6);
            r6 = Vector512.FusedMultiplyAdd(a6, right, r6);
            var a7 = Vector512.Create(a[7]);
            l7 = Vector512.FusedMultiplyAdd(a7, left, l7);
            r7 = Vector512.FusedMultiplyAdd(a7, right, r7);
            var a8 = Vector512.Create(a[8]);
            l8 = Vector512.FusedMultiplyAdd(a8, left, l8);
            r8 = Vector512.FusedMultiplyAdd(a8, right, r8);
            var a9 = Vector512.Create(a[9]);
            l9 = Vector512.FusedMultiplyAdd(a9, left, l9);
            r9 = Vector512.FusedMultiplyAdd(a9, right, r9);
            var a10 = Vector512.Create(a[10]);
            l10 = Vector512.FusedMultiplyAdd(a10, left, l10);
            r10 = Vector512.FusedMultiplyAdd(a10, right, r10);
            var a11 = Vector512.Create(a[11]);
            l11 = Vector512.FusedMultiplyAdd(a11, left, l11);
            r11 = Vector512.FusedMultiplyAdd(a11, right, r11);
        }
        Store(l0, r0, into + 0 * row, start, 0 * startRow, factor);
        Store(l1, r1, into + 1 * row, start, 1 * startRow, factor);
        Store(l2, r2, into + 2 * row, start, 2 * startRow, factor);
        Store(l3, r3, into + 3 * row, start, 3 * startRow, factor);
        Store(l4, r4, into + 4 * row, start, 4 * startRow, factor);
        Store(l5, r5, into + 5 * row, start, 5 * startRow, factor);
        Store(l6, r6, into + 6 * row, start, 6 * startRow, factor);
        Store(l7, r7, into + 7 * row, start, 7 * startRow, factor);
        Store(l8, r8, into + 8 * row, start, 8 * startRow, factor);
        Store(l9, r9, into + 9 * row, start, 9 * startRow, factor);
        Store(l10, r10, into + 10 * row, start, 10 * startRow, factor);
        Store(l11, r11, into + 11 * row, start, 11 * startRow, factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector512<float> left, Vector512<float> right, float* into, float* start, long at, float factor)
    {
        (left, right) = (left * factor, right * factor);
        if (start is not null)
            (left, right) = (left + Vector512.Load(start + at), right + Vector512.Load(start + at + Matrix.Lanes));
        left.Store(into);
        right.Store(into + Matrix.Lanes);
    }
}
