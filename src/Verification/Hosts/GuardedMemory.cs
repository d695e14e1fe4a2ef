using System.Runtime.InteropServices;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Pages between two unreadable stretches. A buffer is placed against the one behind it or the one before it; the rest of
/// the pages is padding with a known pattern.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Page = 4096;
    private const int Guard = 16 * Page;
    private const byte Canary = 0xC5;
    private const int ReadProtection = 1;
    private const int WriteProtection = 2;
    private const int PrivateAnonymous = 0x22;

    private readonly byte* _base;
    private readonly int _middle;
    private int _begin;
    private int _length;

    public GuardedMemory(int capacity)
    {
        _middle = Math.Max(Page, (capacity + Page - 1) / Page * Page);
        var address = Map(0, (nuint)(_middle + (2 * Guard)), 0, PrivateAnonymous, -1, 0);
        if (address == -1)
        {
            throw new OutOfMemoryException($"cannot map {_middle} bytes");
        }

        _base = (byte*)address;
    }

    public int Capacity => _middle;

    public byte* Data => _base + Guard + _begin;

    public Span<byte> Content => new(Data, _length);

    private Span<byte> Middle => new(_base + Guard, _middle);

    /// <summary>Makes room for a buffer at one end of the pages, padding around it, everything writable.</summary>
    public void Place(int length, bool atEnd)
    {
        _length = length;
        _begin = atEnd ? _middle - length : 0;
        Protect(Guard, _middle, ReadProtection | WriteProtection);
        Middle.Fill(Canary);
    }

    /// <summary>Sets the protection that holds during the call.</summary>
    public void Arm(bool readOnly, bool guardsReadable, bool guardsWritable)
    {
        var guards =
            guardsWritable ? ReadProtection | WriteProtection
            : guardsReadable ? ReadProtection
            : 0;
        Protect(0, Guard, guards);
        Protect(Guard + _middle, Guard, guards);
        Protect(Guard, _middle, readOnly ? ReadProtection : ReadProtection | WriteProtection);
    }

    /// <summary>After the call: which side of the buffer was written, if any.</summary>
    public string? Trespass()
    {
        var middle = Middle;
        return middle[.._begin].ContainsAnyExcept(Canary) ? "before"
            : middle[(_begin + _length)..].ContainsAnyExcept(Canary) ? "behind"
            : null;
    }

    public void Dispose()
    {
        _ = Unmap((nint)_base, (nuint)(_middle + (2 * Guard)));
        GC.SuppressFinalize(this);
    }

    private void Protect(int offset, int length, int protection)
    {
        if (SetProtection((nint)(_base + offset), (nuint)length, protection) != 0)
        {
            throw new InvalidOperationException($"cannot protect {length} bytes");
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int SetProtection(nint address, nuint length, int protection);
}
