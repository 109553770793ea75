using Mhim.Features.Files;

namespace Mhim.Features.Tests;

public sealed class CsvTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"a\"", "\"say \"\"a\"\"\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("two\rlines", "\"two\rlines\"")]
    [InlineData("-1", "-1")]
    public void A_field_is_quoted_when_it_must_be(string text, string field) => Assert.Equal(field, Csv.Field(text));

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@a,b", "\"'@a,b\"")]
    [InlineData("a=1", "a=1")]
    [InlineData("-A", "'-A")]
    [InlineData("-1", "-1")]
    [InlineData("+2.5e3", "+2.5e3")]
    [InlineData("-1+1", "'-1+1")]
    public void A_word_is_no_formula(string text, string field) => Assert.Equal(field, Csv.Word(text));

    [Fact]
    public void A_line_ends() => Assert.Equal("a,\"b,c\"\n", Csv.Line(["a", "b,c"]));
}
