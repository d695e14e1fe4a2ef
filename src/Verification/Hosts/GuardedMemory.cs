using System.Runtime.InteropServices;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>What a call may do with the pages beside a buffer.</summary>
internal enum GuardAccess
{
    None,
    Read,
    Write,
}

/// <summary>
/// Pages between two unreadable stretches. A buffer is placed against the one behind it or the one before it; the rest of
/// the pages is padding. Padding holds poison: what is read there spoils the result, what is written there is seen.
/// </summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    public const int Page = 4096;

    /// <summary>Wide enough that a step of some rows beyond the buffer still lands in it; unreadable pages cost nothing.</summary>
    private const int Guard = 64 * Page;

    private const int ReadProtection = 1;
    private const int WriteProtection = 2;
    private const int PrivateAnonymous = 0x22;

    private readonly byte* _base;
    private readonly int _middle;
    private readonly int[] _protections = new int[3];
    private DType _dtype;
    private int _begin;
    private int _length;

    public GuardedMemory(int capacity)
    {
        _middle = Math.Max(Page, checked(capacity + Page - 1) / Page * Page);
        var address = Map(0, Total, 0, PrivateAnonymous, -1, 0);
        _base =
            address != -1
                ? (byte*)address
                : throw new InputException($"no memory for a buffer of {_middle} bytes");
    }

    public int Capacity => _middle;

    public byte* Data => _base + Guard + _begin;

    public Span<byte> Content => new(Data, _length);

    private nuint Total => (nuint)_middle + (2 * Guard);

    /// <summary>Makes room for a buffer, padding around it, everything writable but the guards.</summary>
    /// <param name="begin">Distance of the buffer from the guard before it.</param>
    /// <param name="length">Length of the buffer, from its first to its last element.</param>
    /// <param name="dtype">Type of the elements, which says what poison looks like.</param>
    public void Place(int begin, int length, DType dtype)
    {
        _begin = begin;
        _length = length;
        _dtype = dtype;
        Arm(readOnly: false, GuardAccess.None, GuardAccess.None);
        Poison.Fill(new Span<byte>(_base + Guard, begin), dtype);
        Poison.Fill(new Span<byte>(Data + length, _middle - begin - length), dtype);
    }

    /// <summary>Sets the protection that holds during the call.</summary>
    public void Arm(bool readOnly, GuardAccess before, GuardAccess behind)
    {
        Protect(1, Guard, _middle, readOnly ? ReadProtection : ReadProtection | WriteProtection);
        ProtectGuard(0, 0, before);
        ProtectGuard(2, Guard + (nint)_middle, behind);
    }

    /// <summary>After the call: what was written beside the buffer, in words, or null.</summary>
    public string? Trespass(string name)
    {
        var front = new ReadOnlySpan<byte>(_base, Guard + _begin)[(Written(0) ? 0 : Guard)..];
        if (Poison.Damage(front, _dtype) is { } ahead)
        {
            var nearest = front.Length - ahead.Last;
            return Words.Trespass(
                ahead.Last - ahead.First + 1,
                "before",
                name,
                nearest,
                "ahead of its start"
            );
        }

        var room = _middle - _begin - _length + (Written(2) ? Guard : 0);
        return Poison.Damage(new(Data + _length, room), _dtype) is { } past
            ? Words.Trespass(
                past.Last - past.First + 1,
                "behind",
                name,
                past.First + 1,
                "past its end"
            )
            : null;
    }

    public void Dispose()
    {
        _ = Unmap((nint)_base, Total);
        GC.SuppressFinalize(this);
    }

    /// <summary>True where a guard is open to writes, and so may hold traces of some.</summary>
    private bool Written(int guard) => (_protections[guard] & WriteProtection) != 0;

    private void ProtectGuard(int part, nint offset, GuardAccess access)
    {
        if (access == GuardAccess.Write && !Written(part))
        {
            Protect(part, offset, Guard, ReadProtection | WriteProtection);
            Poison.Fill(new Span<byte>(_base + offset, Guard), _dtype);
        }

        Protect(
            part,
            offset,
            Guard,
            access switch
            {
                GuardAccess.None => 0,
                GuardAccess.Read => ReadProtection,
                _ => ReadProtection | WriteProtection,
            }
        );
    }

    private void Protect(int part, nint offset, nint length, int protection)
    {
        if (_protections[part] == protection)
        {
            return;
        }

        if (SetProtection((nint)_base + offset, (nuint)length, protection) != 0)
        {
            throw new InputException($"cannot protect {length} bytes of memory");
        }

        _protections[part] = protection;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(
        nint address,
        nuint length,
        int protection,
        int flags,
        int file,
        nint offset
    );

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int SetProtection(nint address, nuint length, int protection);
}
