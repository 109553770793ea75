using TorchSharp;

namespace Mhim.Mil.Tests;

public sealed class TorchLoads
{
    [Fact]
    public void Libtorch_loads_and_multiplies()
    {
        using var a = torch.ones(2, 3);
        using var b = torch.matmul(a, a.T);
        Assert.Equal(3f, b[0, 0].item<float>());
    }
}
