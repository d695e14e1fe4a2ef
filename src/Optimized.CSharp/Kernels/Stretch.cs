namespace NormCheck.Optimized.Kernels;

/// <summary>Runs of neighbouring elements at equal distances: what a reduction goes over. All numbers are elements.</summary>
internal readonly record struct Stretch(nint First, int Runs, nint Distance, int Length)
{
    public int Count => Runs * Length;
}
