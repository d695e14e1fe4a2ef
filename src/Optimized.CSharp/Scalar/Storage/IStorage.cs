namespace NormCheck.Optimized.Scalar.Storage;

/// <summary>How an element in memory becomes the number a kernel computes with, and how a result is put back.</summary>
/// <typeparam name="TStored">Type of an element in memory.</typeparam>
/// <typeparam name="T">Type the kernels compute in.</typeparam>
internal interface IStorage<TStored, T>
    where TStored : unmanaged
    where T : unmanaged
{
    /// <summary>Exact.</summary>
    static abstract T Widen(TStored stored);

    /// <summary>One rounding, to nearest with ties to even.</summary>
    static abstract TStored Narrow(T value);
}

/// <summary>f32 and f64: memory holds what is computed with.</summary>
internal readonly struct SameStorage<T> : IStorage<T, T>
    where T : unmanaged
{
    public static T Widen(T stored) => stored;

    public static T Narrow(T value) => value;
}
