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
}
