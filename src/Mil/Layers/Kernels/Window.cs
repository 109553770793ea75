namespace Mhim.Mil.Layers.Kernels;

/// <summary>Height and width of a convolution's kernel, both odd; it lies in the middle of what it looks at.</summary>
internal readonly record struct Window(int Height, int Width)
{
    public int Taps => Height * Width;
}
