using System.Buffers;
using System.Runtime.InteropServices;

namespace NormCheck.Verification.Timing;

/// <summary>Memory outside of the managed heap that begins at a line of 64 bytes and never moves.</summary>
public sealed unsafe class AlignedMemory : MemoryManager<byte>
{
    /// <summary>Bytes of a cache line, and of the widest vector.</summary>
    public const int Line = 64;

    private readonly int _length;
    private byte* _block;
    private readonly byte* _data;

    /// <param name="length">Bytes.</param>
    /// <param name="lines">
    /// Lines that the data begin behind the begin of a block: buffers that all begin at the same place of a page slow each
    /// other down, since processors tell stores and loads apart by the low bits of their addresses.
    /// </param>
    public AlignedMemory(int length, int lines = 0)
    {
        _length = length;
        var skipped = (nuint)(lines * Line);
        _block = (byte*)NativeMemory.AlignedAlloc((nuint)length + skipped + Line, Line);
        _data = _block + skipped;
    }

    public byte* Data => _data;

    public override Span<byte> GetSpan() => new(_data, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_data + elementIndex);

    public override void Unpin() { }

    protected override void Dispose(bool disposing)
    {
        NativeMemory.AlignedFree(_block);
        _block = null;
    }
}
