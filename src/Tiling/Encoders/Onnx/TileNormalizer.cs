using System.Buffers;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>From 8-bit tiles to the numbers a model takes: resized, divided by 255, mean subtracted, divided by the standard deviation.</summary>
sealed class TileNormalizer
{
    readonly EncoderCard _card;
    readonly TileResizer? _resizer;
    readonly float[][] _table; // [channel][grey level], in red, green, blue

    public TileNormalizer(EncoderCard card)
    {
        _card = card;
        _resizer = card.TileSide == card.InputPx ? null : new TileResizer(card.TileSide, card.InputPx, card.Interpolation);
        _table = [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 256).Select(level => (float)((level / 255.0 - card.Mean[c]) / card.Std[c])).ToArray())];
    }

    /// <summary>Numbers that one tile becomes.</summary>
    public int Length => 3 * _card.InputPx * _card.InputPx;

    /// <summary>Fills one tile's part of the input.</summary>
    /// <param name="tile">[S, S, 3] RGB, S = the card's tile side.</param>
    /// <param name="numbers">[3, P, P] or [P, P, 3], P = the card's input side.</param>
    public void Fill(ReadOnlySpan<byte> tile, Span<float> numbers)
    {
        if (_resizer is null)
        {
            Write(tile, numbers);
            return;
        }
        int side = _card.TileSide, target = _card.InputPx;
        var room = ArrayPool<byte>.Shared.Rent((side + target) * target * 3);
        try
        {
            var resized = room.AsSpan(side * target * 3, target * target * 3);
            _resizer.Resize(tile, room.AsSpan(0, side * target * 3), resized);
            Write(resized, numbers);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    void Write(ReadOnlySpan<byte> pixels, Span<float> numbers)
    {
        var plane = _card.InputPx * _card.InputPx;
        var (place, step) = _card.Layout == InputLayout.Nchw ? (plane, 1) : (1, 3);
        for (var c = 0; c < 3; c++)
        {
            var table = _table[c];
            var channel = numbers[((_card.Channels == ChannelOrder.Rgb ? c : 2 - c) * place)..];
            for (var i = 0; i < plane; i++)
                channel[i * step] = table[pixels[i * 3 + c]];
        }
    }
}
