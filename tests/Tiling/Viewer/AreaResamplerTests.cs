using Mhim.Tiling.Viewer;

namespace Mhim.Tiling.Tests.Viewer;

public sealed class AreaResamplerTests
{
    /// <summary>Features hang on these bytes: whatever makes it faster must not change one.</summary>
    [Theory]
    [InlineData(0.37)]
    [InlineData(1)]
    [InlineData(1.887)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7.3)]
    public void Every_byte_is_that_of_the_plain_formula(double scale)
    {
        var random = new Random(11);
        for (int round = 0; round < 60; round++)
        {
            int columns = random.Next(1, 80), rows = random.Next(1, 60), width = random.Next(1, 50), height = random.Next(1, 30), atOnce = random.Next(1, rows + 1);
            var source = new byte[columns * rows * 3];
            random.NextBytes(source);
            double left = round % 2 == 0 ? random.Next(-2, 5) : random.NextDouble() * 8 - 4, top = random.NextDouble() * 8 - 4;
            AreaResampler.Axis across = new(left, scale, columns, columns + random.NextDouble()), down = new(top, scale, rows, rows);
            var output = new byte[width * height * 3];
            // As many rows as a strip holds.
            AreaResampler.Resample(row => source.AsSpan(row * columns * 3, Math.Min(atOnce, rows - row) * columns * 3), across, down, width, height, output);
            Assert.Equal(Plain(source, across, down, width, height), output);
        }
    }

    static byte[] Plain(byte[] source, AreaResampler.Axis across, AreaResampler.Axis down, int width, int height)
    {
        var output = new byte[width * height * 3];
        for (int i = 0; i < output.Length; i++)
        {
            var (columns, rows) = (Weights(across, i / 3 % width), Weights(down, i / 3 / width));
            float sum = 0.5f;
            foreach (var (column, weight) in columns)
            {
                float below = 0;
                foreach (var (row, share) in rows)
                    below += share * source[(row * across.Limit + column) * 3 + i % 3];
                sum += weight * below;
            }
            output[i] = columns.Count == 0 || rows.Count == 0 ? (byte)255 : (byte)Math.Min(255, sum);
        }
        return output;
    }

    static List<(int Index, float Weight)> Weights(AreaResampler.Axis axis, int number)
    {
        double from = Math.Clamp(axis.Start + number * axis.Scale, 0, axis.Limit), to = Math.Clamp(axis.Start + (number + 1) * axis.Scale, 0, axis.Limit);
        if (to - from <= 1e-6 * Math.Min(1, axis.Scale))
            return axis.Start + number * axis.Scale >= axis.Limit - 1e-6 && axis.Start + number * axis.Scale < axis.End - 1e-6 ? [(axis.Limit - 1, 1)] : [];
        var covered = new List<(int, float)>();
        for (int index = (int)from; index < to - 1e-9; index++)
        {
            double first = Math.Max(from, index), last = Math.Min(to, index + 1);
            bool only = index == (int)from && index + 1 >= to - 1e-9;
            covered.Add((index, only ? 1 : last - first == 1 ? (float)(1 / (to - from)) : (float)((last - first) / (to - from))));
        }
        return covered;
    }
}
