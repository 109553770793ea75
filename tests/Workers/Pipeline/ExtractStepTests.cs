using Mhim.Features;
using Mhim.Features.Files;
using Mhim.Tiling.Synthetic;
using Mhim.Workers.Pipeline;

namespace Mhim.Workers.Tests.Pipeline;

public sealed class ExtractStepTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-step-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string In(string path) => Path.Combine(folder, path);

    // So many numbers a tile that a handful of tiles is more than a file holds.
    sealed class Wide : IPatchEncoder
    {
        public EncoderInfo Info { get; } = new("wide", 256, 0.5, 1 << 29);

        public void Encode(ReadOnlySpan<byte> tiles, int count, Span<float> features) => Assert.Fail("It was asked to encode.");

        public void Dispose()
        {
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Features_that_no_file_holds_are_refused_before_anything_is_encoded(bool half)
    {
        new SyntheticSlide("s", "c", SyntheticCohort.Normal, SyntheticScanner.Alpha, 1300, 1100, 1).Write(In("s.tif"), In("truth.png"));
        var refused = Assert.Throws<InputException>(() => ExtractStep.Run(SlideSource.FromFile(In("s.tif"), null), new FeatureSettings(), In("s_patches.h5"), In("s.h5"), null, default,
            half, opened: new Lazy<IPatchEncoder>(() => new Wide())));
        Assert.Equal("features-too-large", refused.Code);
        Assert.Contains("--overlap", refused.Message);
        Assert.Equal(!half, refused.Message.Contains("--float16"));
        Assert.False(File.Exists(In("s.h5")));
    }

    [Fact]
    public void A_file_holds_two_gigabytes()
    {
        TridentFile.RequireRoom("s", (1 << 19) - 1, 1024, half: false);
        TridentFile.RequireRoom("s", 1 << 19, 1024, half: true);
        Assert.Throws<InputException>(() => TridentFile.RequireRoom("s", 1 << 19, 1024, half: false));
        Assert.Throws<InputException>(() => TridentFile.RequireRoom("s", 1 << 20, 1024, half: true));
    }
}
