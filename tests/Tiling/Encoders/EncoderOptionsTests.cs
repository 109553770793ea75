using Mhim.Tiling.Encoders;

namespace Mhim.Tiling.Tests.Encoders;

public sealed class EncoderOptionsTests
{
    [Fact]
    public void A_device_that_is_asked_for_is_taken_unless_the_environment_names_another()
    {
        var named = Environment.GetEnvironmentVariable("MHIM_ENCODER_DEVICE") is { Length: > 0 } device ? device : null;
        Assert.Equal(named ?? "cuda:1", EncoderOptions.FromEnvironment("cuda:1").Device);
        Assert.Equal(named ?? "auto", EncoderOptions.FromEnvironment().Device);
    }
}
