using System.Security.Cryptography;
using CsCheck;
using Mhim.Data.Blobs;

namespace Mhim.Data.Tests.Blobs;

public sealed class BlobStoreTests : IDisposable
{
    readonly string root = Directory.CreateTempSubdirectory("mhim-blobs-").FullName;

    BlobStore Store => new(root);

    public void Dispose() => Directory.Delete(root, recursive: true);

    IEnumerable<string> Files => Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file));

    [Fact]
    public async Task What_nobody_accepts_leaves_nothing()
    {
        (await Store.ReceiveAsync(new MemoryStream([1, 2, 3]), ".svs", default)).Dispose();
        Assert.Empty(Files);
    }

    [Fact]
    public async Task A_stream_that_breaks_or_never_ends_leaves_nothing()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => Store.ReceiveAsync(new MemoryStream(new byte[100]), "", default, most: 99));
        await Assert.ThrowsAsync<EndOfStreamException>(() => Store.ReceiveAsync(new Breaking(), "", default));
        Assert.Empty(Files);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("slides/../../x")]
    [InlineData("/etc/passwd")]
    [InlineData("slides//x")]
    [InlineData("slides/.hidden")]
    [InlineData("slides/a b")]
    [InlineData("slides/a\\b")]
    [InlineData("slides/a\0b")]
    [InlineData("incoming/x")]
    [InlineData("")]
    public void A_key_that_this_program_would_not_make_is_refused(string key) => Assert.Throws<ArgumentException>(() => Store.PathOf(key));

    [Fact]
    public void No_key_leads_out_of_the_root() => Gen.String[Gen.Char["ab./\\~-_\0 %"], 0, 20].Sample(key =>
    {
        try
        {
            return Path.GetFullPath(Store.PathOf(key)).StartsWith(root + "/", StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return true;
        }
    });

    [Theory]
    [InlineData(".SVS", ".svs")]
    [InlineData(".ti/ff", "")]
    [InlineData(".waytoolongextension", "")]
    [InlineData(".", "")]
    [InlineData("svs", "")]
    public void Only_plain_extensions_are_kept(string given, string kept) => Assert.Equal(kept, BlobStore.SafeExtension(given));

    [Fact]
    public async Task Leftovers_of_killed_uploads_are_swept_but_not_those_under_way()
    {
        var blob = await Store.ReceiveAsync(new MemoryStream([1]), "", default);
        Store.SweepIncoming(TimeSpan.FromHours(1));
        Assert.True(File.Exists(blob.Path));
        Store.SweepIncoming(TimeSpan.Zero);
        Assert.False(File.Exists(blob.Path));
    }

    sealed class Breaking : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancel = default) => throw new EndOfStreamException();
    }
}
