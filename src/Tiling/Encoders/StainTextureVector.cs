namespace Mhim.Tiling.Encoders;

/// <summary>Fills one feature vector from the front; keeps every number finite and within ±32.</summary>
internal ref struct StainTextureVector(Span<float> numbers)
{
    private readonly Span<float> _numbers = numbers;
    private int _next;

    public void Add(double value) =>
        _numbers[_next++] = double.IsFinite(value) ? (float)Math.Clamp(value, -32, 32) : 0f;

    public readonly void MustBeFull()
    {
        if (_next != _numbers.Length)
            throw new InvalidOperationException($"{_next} of {_numbers.Length} features were written.");
    }
}
