namespace Mhim.Data.Blobs;

/// <summary>The store of the blobs does not answer, or refuses; the message says why in one sentence.</summary>
/// <param name="message">One sentence.</param>
/// <param name="passing">Whether it may well answer a little later; false: somebody must see to its settings first.</param>
/// <param name="inner">Why.</param>
public sealed class BlobsAwayException(string message, bool passing, Exception inner) : IOException(message, inner)
{
    /// <summary>The stable word for it, of requests and of jobs.</summary>
    public const string Code = "blobs-away";

    /// <summary>Whether it may well answer a little later.</summary>
    public bool Passing => passing;
}
