using System.Runtime.CompilerServices;
using TorchSharp;

namespace Mhim.Mil.Tests;

static class SingleThread
{
    // Test classes run beside each other: more threads in each would only wait for one another.
    [ModuleInitializer]
    public static void Set() => torch.set_num_threads(1);
}
