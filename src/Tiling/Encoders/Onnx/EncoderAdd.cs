using Mhim.Features;
using Mhim.Features.Files;

namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>Brings a model and its card into the folder of encoders.</summary>
public static class EncoderAdd
{
    /// <summary>Tries the model as its card says, then copies both; they appear together or not at all.</summary>
    /// <param name="cardPath">The card; its model lies beside it.</param>
    /// <param name="options">The folder, and what the trial runs on.</param>
    /// <param name="link">Links to the model instead of copying it.</param>
    /// <param name="replace">Whether another model of the same id may be replaced.</param>
    /// <returns>The card as installed, and what the trial said.</returns>
    /// <exception cref="InputException"><c>encoder-card</c>, <c>encoder-file</c>, <c>encoder-hash</c>, <c>encoder-model</c>, <c>encoder-check</c>, <c>encoder-exists</c>.</exception>
    public static (EncoderCard Card, EncoderCheckResult Check) Run(string cardPath, EncoderOptions options, bool link = false, bool replace = false)
    {
        var source = Path.GetDirectoryName(Path.GetFullPath(cardPath))!;
        var card = EncoderCard.Read(cardPath);
        EncoderFolder.RequireFiles(card, cardPath);
        EncoderFolder.RequireHash(card, source);
        card = card with { Sha256 = EncoderFolder.HashOf(card, source) };
        var target = Path.Combine(options.Folder, card.Id);
        if (!replace && Directory.Exists(target) && !Same(card, options))
            throw new InputException("encoder-exists",
                $"There is another encoder `{card.Id}` in '{options.Folder}'; features of both would look the same, so give this one another \"id\", or replace it with --replace.");
        EncoderCheckResult check;
        using (var encoder = OnnxEncoder.Open(card, Path.Combine(source, card.File), options))
            check = EncoderCheck.Run(encoder, card, Path.Combine(source, card.File), options);
        check.Require();
        if (source != Path.GetFullPath(target))
            Install(card, source, target, link);
        else
            AtomicFile.WriteAllText(Path.Combine(target, EncoderFolder.CardName), card.ToJson());
        return (card, check);
    }

    static bool Same(EncoderCard card, EncoderOptions options)
    {
        try
        {
            var there = EncoderFolder.Card(card.Id, options);
            return there.ToLine() == card.ToLine();
        }
        catch (InputException)
        {
            return false;
        }
    }

    static void Install(EncoderCard card, string source, string target, bool link)
    {
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        // A dot in front: nobody takes what is not finished for an encoder.
        var (fresh, old) = (Path.Combine(folder, $".{card.Id}{AtomicFile.TemporaryMark}{Guid.NewGuid():N}"), Path.Combine(folder, $".{card.Id}-old-{Guid.NewGuid():N}"));
        try
        {
            Directory.CreateDirectory(fresh);
            foreach (var name in EncoderFolder.FilesOf(card))
                if (link)
                    File.CreateSymbolicLink(Path.Combine(fresh, name), Path.Combine(source, name));
                else
                    AtomicFile.Write(Path.Combine(fresh, name), temporary => File.Copy(Path.Combine(source, name), temporary));
            AtomicFile.WriteAllText(Path.Combine(fresh, EncoderFolder.CardName), card.ToJson());
            if (Directory.Exists(target))
                Directory.Move(target, old);
            Directory.Move(fresh, target);
        }
        finally
        {
            foreach (var left in (string[])[fresh, old])
                if (Directory.Exists(left))
                    Directory.Delete(left, recursive: true);
        }
    }
}
