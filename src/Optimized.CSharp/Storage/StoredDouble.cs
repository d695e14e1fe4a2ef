using System.Runtime.CompilerServices;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Storage;

/// <summary>f64 data beside f64 parameters.</summary>
internal readonly unsafe struct StoredDouble : IStored
{
    public static int Bytes => sizeof(double);

    public static int ParameterBytes => sizeof(double);

    public static int Digits => 53;

    public static double SmallestStep => double.Epsilon;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load<TPack, TWide>(byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> => TPack.LoadDouble((double*)memory + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack Load<TPack, TWide>(byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        PartOfPack.LoadDouble<TPack, TWide>((double*)memory + index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPack, TWide>(TPack pack, byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        TPack.StoreDouble(pack, (double*)memory + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TPack, TWide>(TPack pack, byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> =>
        PartOfPack.StoreDouble<TPack, TWide>(pack, (double*)memory + index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack LoadParameter<TPack, TWide>(byte* memory, nint index)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> => Load<TPack, TWide>(memory, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TPack LoadParameter<TPack, TWide>(byte* memory, nint index, int count)
        where TPack : unmanaged, IPack<TPack, TWide>
        where TWide : unmanaged, IPack<TWide, TWide> => Load<TPack, TWide>(memory, index, count);

    public static double ReadParameter(byte* memory, nint index) => ((double*)memory)[index];

    public static void WriteParameter(double value, byte* memory, nint index) =>
        ((double*)memory)[index] = value;
}
