using NormCheck.Contract;
using NormCheck.Optimized.Storage;
using NormCheck.Optimized.Threads;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Where kernels put results: into the tensor, or, for tensors that outgrow the caches, into a small buffer that is then
/// copied past them.
/// </summary>
internal readonly unsafe struct OutputStage(byte* tensor, byte* buffer)
{
    /// <summary>Bytes of a buffer.</summary>
    public const int BufferBytes = 32 * 1024;

    /// <summary>Bytes of a run that are written at once: while they are copied, the loads of the next piece are under way.</summary>
    public const int PieceBytes = 8 * 1024;

    /// <summary>
    /// Outputs are streamed where all that a call reads and writes is more than this: what is left in the last-level cache then is
    /// inputs, to be looked at again.
    /// </summary>
    private const long LargestCached = 18L * 1024 * 1024;

    /// <summary>
    /// The same for Fast, whose loops keep memory busy enough without: results of that size stay in the last-level cache, for
    /// whoever needs them next.
    /// </summary>
    private const long LargestCachedOfFast = 25L * 1024 * 1024;

    private const int Line = 64;

    /// <summary>Pieces shorter than this have too many shared lines to be streamed.</summary>
    private const int ShortestStreamed = 512;

    /// <param name="bytes">Of one tensor.</param>
    public static bool Streams(NormProblem problem, long bytes, Tier tier)
    {
        // Short runs are written to many pages at once: past the caches from the start.
        var largest =
            tier == Tier.Fast && !RunGeometry.AreRunsShort(problem)
                ? LargestCachedOfFast
                : LargestCached;
        return StreamingCopy.IsSupported && BytesMoved(bytes, problem.Pass) > largest;
    }

    /// <summary>What a call reads and writes in all.</summary>
    /// <param name="bytes">Of one tensor.</param>
    public static long BytesMoved(long bytes, NormPass pass) => bytes * (pass.IsBackward() ? 3 : 2);

    public bool Takes(nint bytes) => buffer is not null && bytes >= ShortestStreamed;

    /// <summary>Whether rows consist of whole cache lines, so that kernels can write past the caches themselves.</summary>
    /// <param name="first">Elements before the first row.</param>
    /// <param name="distance">Elements from a row to the next.</param>
    /// <param name="length">Elements of a row.</param>
    public bool TakesLines<TStored>(nint first, nint distance, nint length)
        where TStored : struct, IStored =>
        TStored.Streams
        && buffer is not null
        && (((nint)tensor + (first * TStored.Bytes)) | ((distance | length) * TStored.Bytes)) % Line
            == 0;

    /// <summary>Whether rows need no buffer, see <see cref="TakesLines{TStored}"/>.</summary>
    public bool WritesDirectly<TStored>(nint first, nint distance, nint length)
        where TStored : struct, IStored =>
        buffer is null || TakesLines<TStored>(first, distance, length);

    /// <summary>The buffer, to be filled from its beginning.</summary>
    public byte* Buffer => buffer;

    public byte* Tensor => tensor;

    public void Flush(nint offset, nint bytes) =>
        StreamingCopy.Copy(buffer, tensor + offset, bytes);

    /// <summary>Rows that lie one after the other in the buffer and apart in the tensor.</summary>
    public void FlushRows(nint offset, nint distance, nint bytes, int rows)
    {
        StreamingCopy.CopyRows(buffer, tensor + offset, distance, bytes, rows);
    }
}
