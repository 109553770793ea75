namespace Mhim.Api.Tests.Worklist;

public sealed class WorklistTests
{
    [Fact]
    public async Task What_most_deserves_a_look_comes_first_and_what_was_looked_at_last()
    {
        using var service = new Service();
        await WorklistStory.TellAsync(service);
        await WorklistStory.SystemAsync(service, "sqlite");
    }
}
