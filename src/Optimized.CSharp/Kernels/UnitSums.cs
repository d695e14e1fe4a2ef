using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Kernels;

/// <summary>Σdy and Σdy·(x − μ) of the elements that share a γ, the latter times a power of two where products are scaled.</summary>
internal struct UnitSums(Extended dy, Extended products, double squares)
{
    public Extended Dy = dy;
    public Extended Products = products;

    /// <summary>Σdy², where that is asked for.</summary>
    public double Squares = squares;

    public void Add(in UnitSums other)
    {
        Dy += other.Dy;
        Products += other.Products;
        Squares += other.Squares;
    }
}
