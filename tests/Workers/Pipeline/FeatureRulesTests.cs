using Mhim.Features;
using Mhim.Tiling.Tissue;
using Mhim.Workers.Pipeline;
using Microsoft.Extensions.Configuration;

namespace Mhim.Workers.Tests.Pipeline;

public sealed class FeatureRulesTests
{
    static FeatureSettings With(params (string Key, string Value)[] settings) => new FeatureSettings().With(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("Mhim:Features:" + s.Key, (string?)s.Value))).Build());

    [Fact]
    public void Nothing_said_is_as_on_the_command_line() => Assert.Equal(new FeatureSettings(), With());

    [Fact]
    public void What_is_said_holds_for_every_slide()
    {
        var settings = With(("Tissue", "Biopsy"), ("MinTissue", "0.1"), ("MaxUnreadable", "0.2"), ("KeepBlurred", "true"), ("KeepMarks", "true"));
        Assert.Equal(TissueOptions.Biopsy with { RemoveArtefacts = false }, settings.Tissue);
        Assert.Equal((0.1, 0.2, true), (settings.MinTissue, settings.MaxUnreadable, settings.KeepBlurred));
        Assert.Equal(0.1, settings.Grid.MinTissue);
    }

    [Theory]
    [InlineData("Tissue", "fatty")]
    [InlineData("Tissue", "7")]
    [InlineData("MinTissue", "25%")]
    [InlineData("MaxUnreadable", "2")]
    [InlineData("KeepMarks", "perhaps")]
    public void A_wrong_value_is_one_sentence_that_names_the_key(string key, string value)
    {
        var refused = Assert.Throws<InputException>(() => With((key, value)));
        Assert.Equal("setting-unreadable", refused.Code);
        Assert.Contains($"Mhim:Features:{key}", refused.Message);
        Assert.Contains($"'{value}'", refused.Message);
    }

    [Theory]
    [InlineData("Mpp", "0,5")]
    [InlineData("Mpp", "20")]
    [InlineData("Mpp", "NaN")]
    [InlineData("TileSize", "big")]
    [InlineData("TileSize", "32")]
    public void A_resolution_or_a_size_that_no_request_could_ask_for_is_no_setting_either(string key, string value)
    {
        var refused = Assert.Throws<InputException>(() => FeatureSettings.From(new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create($"Mhim:Features:{key}", (string?)value)]).Build()));
        Assert.Equal("setting-unreadable", refused.Code);
        Assert.Contains($"Mhim:Features:{key}", refused.Message);
        Assert.Contains($"'{value}'", refused.Message);
    }

    static FeatureSettings From(params (string Key, string Value)[] settings) => FeatureSettings.From(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("Mhim:Features:" + s.Key, (string?)s.Value))).Build());

    [Fact]
    public void Tiles_that_the_encoder_was_not_made_for_are_refused_with_the_keys_that_ask_for_them()
    {
        var refused = Assert.Throws<FieldException>(() => From(("Mpp", "1.0"), ("TileSize", "128")));
        Assert.Equal("encoder-mismatch", refused.Code);
        Assert.Equal(["Mhim:Features:Mpp", "Mhim:Features:TileSize"], refused.Errors.Keys);
        Assert.All(refused.Errors, error => Assert.Contains(error.Key, error.Value.Single()));
        Assert.Contains("made for 0.5 µm per pixel", refused.Message);
        Assert.Equal(["Mhim:Features:TileSize"], Assert.Throws<FieldException>(() => From(("TileSize", "512"))).Errors.Keys);
        Assert.Equal("stain-texture-0.52-256", From(("Mpp", "0.52"), ("TileSize", "256")).Variant); // close enough
    }
}
