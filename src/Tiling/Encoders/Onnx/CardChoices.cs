namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>How a tile is resized to the model's input, in the manner of Pillow (filter widened when shrinking, 8 bit between the passes).</summary>
public enum Interpolation
{
    /// <summary>Triangle, support 1.</summary>
    Bilinear,

    /// <summary>Cubic with a = -0.5, support 2.</summary>
    Bicubic,
}

/// <summary>Order of the colours in the model's input.</summary>
public enum ChannelOrder
{
    /// <summary>Red first.</summary>
    Rgb,

    /// <summary>Blue first.</summary>
    Bgr,
}

/// <summary>Order of the axes of the model's input.</summary>
public enum InputLayout
{
    /// <summary>[N, 3, S, S], as PyTorch exports.</summary>
    Nchw,

    /// <summary>[N, S, S, 3], as TensorFlow exports.</summary>
    Nhwc,
}

/// <summary>What of the model's output is the feature vector.</summary>
public enum Pooling
{
    /// <summary>The output is the vector: [N, D], or [N, D, 1, 1].</summary>
    None,

    /// <summary>The class token: the first of [N, T, D].</summary>
    Cls,

    /// <summary>The mean over the picture's tokens of [N, T, D], or over the places of a map [N, D, h, w].</summary>
    Mean,

    /// <summary>The class token, followed by the mean of the picture's tokens: D is twice a token's length (Virchow2).</summary>
    ClsMean,
}
