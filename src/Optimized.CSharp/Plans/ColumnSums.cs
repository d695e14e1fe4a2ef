using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>Planes of binary64 numbers, one number a column: what a chunk, or a merge of chunks, knows of its columns.</summary>
internal readonly unsafe struct ColumnSums(double* memory, nint plane)
{
    /// <summary>Number of planes.</summary>
    public const int Planes = 10;

    public double* Sum => memory;

    public double* SumLost => memory + plane;

    /// <summary>Σ(x − pivot)², the pivot being the mean of the chunk.</summary>
    public double* Squares => memory + (2 * plane);

    public double* SquaresLost => memory + (3 * plane);

    public double* Dy => memory + (4 * plane);

    public double* DyLost => memory + (5 * plane);

    /// <summary>Σdy·(x − pivot).</summary>
    public double* Products => memory + (6 * plane);

    public double* ProductsLost => memory + (7 * plane);

    /// <summary>The smallest abs(x) that is not 0, where that is asked for.</summary>
    public float* Least => (float*)(memory + (8 * plane));

    /// <summary>Σdy², where that is asked for.</summary>
    public double* SquaresOfDy => memory + (9 * plane);

    public SlotPlane OfX => new() { Sums = Sum, Lost = SumLost };

    public SlotPlane OfSquaredDy => new() { Sums = SquaresOfDy };

    public SlotPlane OfSquares => new() { Sums = Squares, Lost = SquaresLost };

    public SlotSums OfGradient =>
        new()
        {
            OfDy = new() { Sums = Dy, Lost = DyLost },
            OfProducts = new() { Sums = Products, Lost = ProductsLost },
        };

    /// <summary>Numbers in a plane with room for whole packs.</summary>
    public static nint PlaneOf(int columns) =>
        (columns + (2 * PackSizes.Lanes) - 1) / PackSizes.Lanes * PackSizes.Lanes;

    public void Clear(nint first, nint count, bool ofData, bool ofGradient)
    {
        if (ofData)
        {
            OfX.Clear(first, count);
            OfSquares.Clear(first, count);
            new Span<float>(
                Least + first,
                Chunks.CeilingOf((int)count, PackSizes.Lanes) * PackSizes.Lanes
            ).Fill(float.PositiveInfinity);
        }

        if (ofGradient)
        {
            OfGradient.OfDy.Clear(first, count);
            OfGradient.OfProducts.Clear(first, count);
            new Span<double>(
                SquaresOfDy + first,
                Chunks.CeilingOf((int)count, PackSizes.Lanes) * PackSizes.Lanes
            ).Clear();
        }
    }
}

/// <summary>The sums of the chunks of one matrix, one after the other in memory.</summary>
internal readonly unsafe struct ChunkSums(double* memory, nint plane)
{
    public ColumnSums this[int chunk] => new(memory + (ColumnSums.Planes * plane * chunk), plane);
}
