using Mhim.Api.Worklist;

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

    [Fact]
    public void The_place_behind_long_names_in_any_script_is_read_back()
    {
        var place = new WorklistPlace(0.5, -0.25, new string('切', 200), Guid.NewGuid(), string.Join('\n', Enumerable.Repeat(new string('层', 200), 6)));
        Assert.Equal(place, WorklistPlace.Read(place.Write(WorklistOrder.Uncertainty), WorklistOrder.Uncertainty));
    }
}
