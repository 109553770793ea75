using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

public sealed class PolarityTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-polarity-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The 1 goes with the shorter times.</summary>
    Cohort Read(string column, CohortOptions options)
    {
        var path = Path.Combine(_folder, "table.csv");
        File.WriteAllText(path, $"case_id,slide_id,months,{column}\nA,a,10,1\nB,b,20,0\nC,c,30,0\n");
        return CohortReader.Read(path, options with { TimeColumn = "months" });
    }

    string Refuses(string column, CohortOptions options)
    {
        var refused = Assert.Throws<InputException>(() => Read(column, options));
        Assert.Equal("cohort-ambiguous", refused.Code);
        return refused.Message;
    }

    [Theory]
    [InlineData("death")]
    [InlineData("isDead")]
    [InlineData("Died")]
    [InlineData("deceased")]
    [InlineData("mortality")]
    [InlineData("relapse")]
    [InlineData("Recurrence")]
    [InlineData("progression")]
    [InlineData("os_event")]
    [InlineData("uncensored")]
    [InlineData("not_censored")]
    [InlineData("NotAlive")]
    [InlineData("event_free_survival_event")]
    public void A_name_that_says_event_is_an_event_column_alone(string name)
    {
        Assert.Equal([true, false, false], Read(name, new() { EventColumn = name }).Rows.Select(row => row.Event));
        Assert.Contains($"use --event-column {name},", Refuses(name, new() { CensorColumn = name, PolarityChecked = true }));
    }

    [Theory]
    [InlineData("censoring")]
    [InlineData("alive_at_end")]
    [InlineData("event_free")]
    [InlineData("EventFree")]
    [InlineData("progression_free")]
    [InlineData("disease_free")]
    [InlineData("no_relapse")]
    [InlineData("unobserved")]
    [InlineData("free_of_disease")]
    public void A_name_that_says_censored_is_a_censor_column_alone(string name)
    {
        var cohort = Read(name, new() { CensorColumn = name });
        Assert.Equal([false, true, true], cohort.Rows.Select(row => row.Event));
        Assert.Contains("swapped", cohort.Describe()); // the times speak against it, the name for it
        Assert.Contains($"use --censor-column {name},", Refuses(name, new() { EventColumn = name, PolarityChecked = true }));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("os")]
    [InlineData("progression_free_survival")]
    [InlineData("disease_free_status")]
    [InlineData("event_or_censored")]
    public void A_name_that_says_neither_leaves_the_word_to_the_user_and_the_doubt_to_the_times(string name)
    {
        Assert.Equal([true, false, false], Read(name, new() { EventColumn = name }).Rows.Select(row => row.Event));
        Assert.Equal("cohort-polarity", Assert.Throws<InputException>(() => Read(name, new() { CensorColumn = name })).Code);
        Assert.Equal([false, true, true], Read(name, new() { CensorColumn = name, PolarityChecked = true }).Rows.Select(row => row.Event));
    }
}
