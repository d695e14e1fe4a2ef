using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Storage;

/// <summary>f16 data beside f32 parameters.</summary>
internal readonly unsafe struct StoredHalf : IStored
{
    public static int Bytes => sizeof(ushort);

    public static int ParameterBytes => sizeof(float);

    public static int Digits => 11;

    public static double SmallestStep => 1.0 / (1 << 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load<TPack, TWide>(byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> => TPack.LoadHalf((ushort*)memory + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load<TPack, TWide>(byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.LoadHalf((ushort*)memory + index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPack, TWide>(TPack pack, byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.StoreHalf(pack, (ushort*)memory + index);

    public static bool Streams => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Stream<TPack, TWide>(TPack pack, byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.StreamHalf(pack, (ushort*)memory + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPack, TWide>(TPack pack, byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.StoreHalf(pack, (ushort*)memory + index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack LoadParameter<TPack, TWide>(byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> => TPack.LoadSingle((float*)memory + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack LoadParameter<TPack, TWide>(byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.LoadSingle((float*)memory + index, count);

    public static double ReadParameter(byte* memory, nint index) => ((float*)memory)[index];

    public static void WriteParameter(double value, byte* memory, nint index) =>
        ((float*)memory)[index] = (float)value;
}
