using System.Reflection;
using TorchSharp;

namespace Mhim.Mil.Tests;

/// <summary>
/// TorchSharp turns numbers into native scalars that the garbage collector may free too early; a training ended with "Expected false to be true" from a plain sum of two tensors. Whatever of it
/// does so without keeping the scalar is found in its code, and nothing of ours may call that.
/// </summary>
public sealed class ScalarLifetimeTests
{
    const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static IEnumerable<(MethodBase Caller, MethodBase Callee)> Calls(Assembly assembly)
    {
        foreach (var type in assembly.GetTypes())
            foreach (var caller in type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything)))
            {
                var code = caller.GetMethodBody()?.GetILAsByteArray() ?? [];
                for (var at = 0; at + 5 < code.Length; at++)
                {
                    // call, callvirt, newobj; ldftn. A number that looks like one of them names no method, as a rule.
                    var token = code[at] is 0x28 or 0x6F or 0x73 ? at + 1 : code[at] == 0xFE && code[at + 1] == 0x06 ? at + 2 : 0;
                    if (token > 0 && token + 4 <= code.Length && Method(caller, BitConverter.ToInt32(code, token)) is { } callee)
                        yield return (caller, callee.IsGenericMethod && callee is MethodInfo info ? info.GetGenericMethodDefinition() : callee);
                }
            }
    }

    static MethodBase? Method(MethodBase caller, int token)
    {
        if (token >> 24 is not (0x06 or 0x0A or 0x2B))
            return null;
        try
        {
            return caller.Module.ResolveMethod(token, caller.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null, caller.IsGenericMethod ? caller.GetGenericArguments() : null);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or FileNotFoundException or TypeLoadException or MissingMethodException)
        {
            return null;
        }
    }

    [Fact]
    public void No_number_is_handed_to_libtorch_that_the_collector_may_free_on_the_way()
    {
        var calls = Calls(typeof(torch).Assembly).ToList();
        bool MakesScalar(MethodBase method) => (method.Name == "op_Implicit" && method.DeclaringType == typeof(Scalar)) || method.Name == nameof(ScalarExtensionMethods.ToScalar);
        var careful = calls.Where(call => call.Callee.Name is nameof(IDisposable.Dispose) or nameof(GC.KeepAlive)).Select(call => call.Caller).ToHashSet();
        var careless = calls.Where(call => MakesScalar(call.Callee) && !careful.Contains(call.Caller)).Select(call => call.Caller).ToHashSet();
        for (var found = true; found;)
            found = calls.Count(call => careless.Contains(call.Callee) && careless.Add(call.Caller)) > 0;
        Assert.Contains(careless, method => method.Name == "op_Addition");
        Assert.DoesNotContain(careless, method => method.Name == "mul" && method.GetParameters()[0].ParameterType == typeof(torch.Tensor));

        var ours = Calls(typeof(MhimModel).Assembly).Where(call => MakesScalar(call.Callee) ? call.Caller.DeclaringType != typeof(Arithmetic) : careless.Contains(call.Callee))
            .Select(call => $"{call.Caller.DeclaringType}.{call.Caller.Name} calls {call.Callee}").Distinct().ToList();
        Assert.True(ours.Count == 0, string.Join("\n", ours));
    }
}
