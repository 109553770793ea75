namespace Mhim.Tiling.Encoders.Onnx;

/// <summary>Keeps the model that was used last in memory: a gigabyte is not read again for every slide of a folder.</summary>
static class OnnxModels
{
    static readonly Lock Gate = new();
    static Entry? _last;

    /// <summary>Takes the model of a card, loading it if it is not the last one.</summary>
    public static Lease Take(EncoderCard card, string path, EncoderOptions options)
    {
        // The card holds the model's hash.
        var key = (card.ToLine(), Path.GetFullPath(path), options.Device, options.Threads);
        lock (Gate)
        {
            if (_last is null || _last.Key != key)
            {
                var fresh = new Entry(key, OnnxModel.Load(card, path, options)) { Users = 1 }; // one for being the last
                Release(_last);
                _last = fresh;
            }
            _last.Users++;
            return new Lease(_last);
        }
    }

    static void Release(Entry? entry)
    {
        if (entry is not null && --entry.Users == 0)
            entry.Model.Dispose();
    }

    internal sealed class Entry((string, string, string, int) key, OnnxModel model)
    {
        public (string, string, string, int) Key { get; } = key;

        public OnnxModel Model { get; } = model;

        public int Users { get; set; }
    }

    /// <summary>The right to use a model until it is disposed.</summary>
    internal sealed class Lease(Entry entry) : IDisposable
    {
        bool _given;

        public OnnxModel Model => entry.Model;

        public void Dispose()
        {
            lock (Gate)
            {
                if (!_given)
                    Release(entry);
                _given = true;
            }
        }
    }
}
