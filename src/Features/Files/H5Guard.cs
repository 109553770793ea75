using System.Runtime.CompilerServices;

namespace Mhim.Features.Files;

/// <summary>
/// A file as PureHDF reads it, which follows addresses wherever they lead. In a file whose addresses lead in a circle it would call itself until the stack and with it the process
/// ended, or read for ever: here both end with an error that can be caught.
/// </summary>
sealed class H5Guard(string path) : Stream
{
    // Directories are gone through anew for each chunk; files of the smallest chunks have been read 45 times over.
    const long Times = 300, AtLeast = 1L << 28;

    readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 14);
    readonly long _most = Math.Max(AtLeast, Times * new FileInfo(path).Length);
    long _read;

    public override int Read(Span<byte> buffer)
    {
        var count = _file.Read(buffer);
        _read += count;
        return RuntimeHelpers.TryEnsureSufficientExecutionStack() && _read <= _most ? count : throw new InvalidDataException("its addresses lead in a circle");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _file.Length;

    public override long Position { get => _file.Position; set => _file.Position = value; }

    public override long Seek(long offset, SeekOrigin origin) => _file.Seek(offset, origin);

    public override void Flush() { }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
