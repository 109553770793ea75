using Mhim.Data.Entities;

namespace Mhim.Api.Tests.Opinions;

public sealed class LabelTests(Service service) : IClassFixture<Service>
{
    static Model Model(string name, params string[] classes) =>
        new() { Name = name, Sha256 = name.PadRight(64, '0'), EncoderId = "stain-texture", Dim = 256, Classes = [.. classes], BlobKey = $"models/{name}" };

    [Fact]
    public async Task The_label_table_holds_the_slides_on_which_everybody_agrees()
    {
        var slides = await Planted.SlidesAsync(service, 7);
        var (one, two, survival) = (Model("one", "normal", "tumour"), Model("two", "normal", "tumour"), Model("survival"));
        await using var rows = service.Rows();
        rows.AddRange(one, two, survival);
        var people = 0;
        void Say(int slide, Model model, string called, params (bool Agrees, string? Label)[] opinions)
        {
            var prediction = new Prediction { SlideId = slides[slide], ModelId = model.Id, PredictedClass = called, BlobKey = "predictions/none" };
            rows.Add(prediction);
            foreach (var (agrees, label) in opinions)
                rows.Add(new Opinion { PredictionId = prediction.Id, Principal = $"key:{people++}", Agrees = agrees, Label = label });
        }
        Say(0, one, "tumour", (true, "tumour"));
        Say(1, one, "tumour", (true, "tumour"), (false, null)); // it is something else, and nobody knows what
        Say(2, one, "tumour", (true, "tumour"), (false, "normal"));
        Say(3, one, "tumour", (false, "normal"));
        Say(3, two, "normal", (true, "normal"));
        Say(4, one, "tumour", (false, null));
        Say(5, one, "tumour", (true, "tumour"));
        Say(5, survival, "", (false, null)); // of the risk, not of a class
        Say(6, one, "tumour");
        await rows.SaveChangesAsync();
        Assert.Equal("case_id,slide_id,label\ns00,s00,tumour\ns03,s03,normal\ns05,s05,tumour\n", await service.Client.GetStringAsync("/api/v1/opinions/labels.csv"));
        Assert.Equal("case_id,slide_id,label\ns03,s03,normal\n", await service.Client.GetStringAsync($"/api/v1/opinions/labels.csv?modelId={two.Id}"));
    }
}
