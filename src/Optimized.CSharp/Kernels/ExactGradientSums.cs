using NormCheck.Optimized.Numbers;
using NormCheck.Optimized.Packs;
using NormCheck.Optimized.Storage;

namespace NormCheck.Optimized.Kernels;

/// <summary>
/// Σg and Σg(x − μ) of a group without any rounding but the last one, from Σx, Σg and Σgx: Σg(x − μ) = (m·Σgx − Σx·Σg)/m. Slow
/// (one element at a time), and for groups alone for which twice the digits do not do.
/// </summary>
internal unsafe struct ExactGradientSums<TStored>
    where TStored : struct, IStored
{
    private Expansion _x;
    private Expansion _g;
    private Expansion _products;

    public void Add(byte* x, byte* dy, in GradientPart part, bool isCentred)
    {
        var stretch = part.Stretch;
        var first = stretch.First;
        for (var run = 0; run < stretch.Runs; run++, first += stretch.Distance)
        {
            for (var i = 0; i < stretch.Length; i++)
            {
                var gamma = part.Gamma is null
                    ? part.Scale
                    : TStored.ReadParameter(part.Gamma, part.Parameter + i);

                // A product of two binary32 numbers is a binary64 number.
                var value = Read(x, first + i);
                var g = Read(dy, first + i) * gamma;
                _products.AddProduct(g, value);
                if (isCentred)
                {
                    _g.Add(g);
                    _x.Add(value);
                }
            }
        }
    }

    /// <param name="products">Σg(x − μ).</param>
    public void Total(double count, out Extended sum, out Extended products)
    {
        var crossed = default(Expansion);
        crossed.AddProduct(_products, count);
        crossed.SubtractProduct(_x, _g);
        sum = _g.Value();
        products = crossed.Value() / count;
    }

    private static double Read(byte* memory, nint index) =>
        DoubleScalar.Sum(TStored.Load<DoubleScalar, DoubleScalar>(memory, index));
}
