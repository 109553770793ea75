using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

/// <summary>Words that may say nothing, or be a class: what is made of them is told.</summary>
public sealed class WordsForNothingTests : LabelTables
{
    static string Labels(params string[] labels) => "slide_id,label\n" + string.Concat(labels.Select((label, i) => $"s{i},{label}\n"));

    [Theory]
    [InlineData("-", "+", "--classes -,+")]
    [InlineData("none", "tumour", "--classes none,tumour")]
    [InlineData("None", "lymph node", "--classes \"None,lymph node\"")]
    public void A_class_that_reads_as_nothing_is_named_with_the_way_out(string dropped, string other, string way)
    {
        var (table, told) = (Labels(dropped, other, dropped, other), $"`{dropped}` (2 slides) was read as no label; if it is a class, say so with {way}, or write it otherwise.");
        Assert.Contains(told, Refuses("cohort-one-class", table).Message);
        Assert.Contains(told, Assert.Throws<InputException>(() => Read(table[(table.IndexOf('\n') + 1)..])).Message); // MHIM's own, without a header
        var named = Read(table, new() { Classes = way["--classes ".Length..].Trim('"').Split(',') });
        Assert.Equal([0, 1, 0, 1], named.Rows.Select(row => row.Label));
        Assert.DoesNotContain(named.Warnings, warning => warning.Contains("label", StringComparison.Ordinal));
    }

    [Fact]
    public void Beside_other_classes_it_is_a_warning_and_a_single_one_is_just_left_out()
    {
        var many = Read(Labels("none", "a", "none", "b", "NA", "", "none", "a"));
        Assert.Equal(["a", "b"], many.Classes);
        Assert.Contains(many.Warnings, warning => warning.StartsWith("5 slides without a label were left out: s0, s2, s4, s5, s6. `none` (3 slides) was read as no label; if it is a class, say so with --classes none,a,b, or", StringComparison.Ordinal));
        Assert.Contains(Read(Labels("NA", "a", "", "b", "")).Warnings, warning => warning == "3 slides without a label were left out: s0, s2, s4.");
        Assert.Contains("(2 slides) was read as no label; if it is a class, name all classes with --classes,", Read(Labels("-", "-", "a", "b", "c", "d", "e", "f", "g")).Describe());
    }

    [Theory]
    [InlineData("Not Reported")]
    [InlineData("unknown")]
    [InlineData("'--")]
    [InlineData("[Not Available]")]
    public void As_a_class_a_word_for_the_unknown_is_told(string word)
    {
        var cohort = Read(Labels("a", word, "b", word));
        Assert.Equal(3, cohort.Classes.Count);
        Assert.Contains($"`{word}` (2 slides) was taken for a class; if it says that nothing is known, empty these cells.", cohort.Describe());
        Assert.DoesNotContain("taken for a class", Read(Labels("a", word, "b", word), new() { Classes = ["a", "b", word] }).Describe());
    }

    [Theory]
    [InlineData("Not Reported")]
    [InlineData("Unknown")]
    [InlineData("'--")]
    [InlineData("[Not Available]")]
    [InlineData("[Not Applicable]")]
    [InlineData("[discrepancy]")]
    public void Outcomes_that_nobody_knows_are_left_out_and_told(string word)
    {
        const string rows = "A,a,10,Dead\nB,b,20,Alive\nC,c,30,Alive\n";
        string[] Kept(string table, CohortOptions? options = null)
        {
            var cohort = Read(table, options);
            Assert.Contains(cohort.Warnings, warning => warning == $"2 slides without time or event were left out: d, e (`{word}` 2).");
            return [.. cohort.Rows.Select(row => $"{row.Id} {row.Time} {row.Event}")];
        }
        string[] wanted = ["A 10 True", "B 20 False", "C 30 False"];
        Assert.Equal(wanted, Kept($"case_id,slide_id,survival_days,vital_status\n{rows}D,d,40,{word}\nE,e,{word},Alive\n"));
        Assert.Equal(wanted, Kept($"case_id,slide_id,days,vital_status\n{rows}D,d,40,{word}\nE,e,{word},Alive\n", new() { TimeColumn = "days", EventColumn = "vital_status" }));
        var bits = rows.Replace("Dead", "1").Replace("Alive", "0");
        Assert.Equal(wanted, Kept($"case_id,slide_id,survival_days,event\n{bits}D,d,40,{word}\nE,e,{word},0\n"));
        // What 1 means is no clearer for it.
        Refuses("cohort-ambiguous", $"case_id,slide_id,survival_days,vital_status\n{bits}D,d,40,{word}\n");
        Refuses("cohort-ambiguous", $"case_id,slide_id,survival_days,vital_status\nD,d,40,{word}\n");
    }

    [Fact]
    public void A_word_that_is_not_understood_beside_those_that_are_is_named()
    {
        const string rows = "A,a,10,Dead\nB,b,20,Alive\nC,c,30,Lost\nD,d,30,Lost\nE,e,30,2\nF,f,30,Unknown\n";
        foreach (var refused in (InputException[])[Refuses("cohort-ambiguous", "case_id,slide_id,survival_days,vital_status\n" + rows),
            Refuses("cohort-ambiguous", "case_id,slide_id,survival_days,state\n" + rows, new() { EventColumn = "state" })])
        {
            Assert.Contains("is read by its words, such as Dead and Alive, but `Lost` (2 rows), `2` (1 row) are not understood", refused.Message);
            Assert.DoesNotContain("0 or 1", refused.Message);
        }
    }
}
