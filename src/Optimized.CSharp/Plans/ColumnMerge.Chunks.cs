using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Packs;

namespace NormCheck.Optimized.Plans;

/// <summary>From the sums of chunks to those of a matrix.</summary>
internal static unsafe partial class ColumnMerge<TPack, TWide, TSum>
{
    /// <summary>
    /// The sums of all chunks of a matrix, about the mean of each column: v·n = Σ(Qᵢ + nᵢ(μᵢ − μ)²), and likewise
    /// Σdy(x − μ) = Σ(Pᵢ + (μᵢ − μ)Dᵢ), where products come and go scaled.
    /// </summary>
    public static void Merge(
        in ChunkSums chunks,
        ColumnGeometry geometry,
        nint first,
        int columns,
        in ColumnSums merged,
        ColumnScales scales,
        bool ofData,
        bool ofGradient
    )
    {
        merged.Clear(first, columns, ofData, ofGradient);
        for (var chunk = 0; chunk < geometry.ChunksOfMatrix; chunk++)
        {
            var part = chunks[chunk];
            for (var column = first; column < first + columns; column += Lanes)
            {
                if (ofData)
                {
                    AddInTwo(merged.OfX, part.OfX, column);
                    var least = TWide.Least(
                        TWide.LoadSingle(merged.Least + column),
                        TWide.LoadSingle(part.Least + column)
                    );
                    TWide.StoreSingle(least, merged.Least + column);
                }

                if (ofGradient)
                {
                    Add(merged.OfGradient.OfDy, part.OfGradient.OfDy, column);
                    if (TSum.Watches)
                    {
                        var squares =
                            TWide.LoadDouble(merged.SquaresOfDy + column)
                            + TWide.LoadDouble(part.SquaresOfDy + column);
                        TWide.StoreDouble(squares, merged.SquaresOfDy + column);
                    }
                }
            }
        }

        if (ofData)
        {
            MergeSquares(chunks, geometry, first, columns, merged);
        }

        if (ofGradient)
        {
            MergeProducts(chunks, geometry, first, columns, merged, ofData ? scales : null);
        }
    }

    private static void MergeSquares(
        in ChunkSums chunks,
        ColumnGeometry geometry,
        nint first,
        int columns,
        in ColumnSums merged
    )
    {
        for (var chunk = 0; chunk < geometry.ChunksOfMatrix; chunk++)
        {
            var part = chunks[chunk];
            var n = TWide.Of(geometry.RowsIn(chunk));
            for (var column = first; column < first + columns; column += Lanes)
            {
                var distance = Distance(part, merged, geometry, chunk, column);
                var squares =
                    TWide.LoadDouble(part.Squares + column)
                    + TWide.LoadDouble(part.SquaresLost + column);
                Add(merged.OfSquares, squares, column);
                Add(merged.OfSquares, n * distance * distance, column);
            }
        }
    }

    /// <param name="scales">Null where the pivots were given, and scales with them: the same for all chunks.</param>
    private static void MergeProducts(
        in ChunkSums chunks,
        ColumnGeometry geometry,
        nint first,
        int columns,
        in ColumnSums merged,
        ColumnScales? scales
    )
    {
        var ratios = stackalloc double[Lanes];
        var scalesOfAll = stackalloc double[Lanes];
        for (var chunk = 0; chunk < geometry.ChunksOfMatrix; chunk++)
        {
            var part = chunks[chunk];
            for (var column = first; column < first + columns; column += Lanes)
            {
                var dy =
                    TWide.LoadDouble(part.Dy + column) + TWide.LoadDouble(part.DyLost + column);
                var products =
                    TWide.LoadDouble(part.Products + column)
                    + TWide.LoadDouble(part.ProductsLost + column);
                var distance = scales is null
                    ? TWide.Of(0)
                    : Distance(part, merged, geometry, chunk, column);
                if (TSum.Scales && scales is { } own && geometry.ChunksOfMatrix > 1)
                {
                    for (var lane = 0; lane < Lanes; lane++)
                    {
                        var ofAll = own.Of(merged.OfSquares[column + lane], geometry.Rows);
                        var ofPart = own.Of(part.OfSquares[column + lane], geometry.RowsIn(chunk));
                        scalesOfAll[lane] = ofAll;
                        ratios[lane] = ofAll / ofPart;
                    }

                    products *= TWide.LoadDouble(ratios);
                    distance *= TWide.LoadDouble(scalesOfAll);
                }

                Add(merged.OfGradient.OfProducts, products, column);
                Add(merged.OfGradient.OfProducts, distance * dy, column);
            }
        }
    }

    /// <summary>Mean of a chunk less the mean of all of them.</summary>
    private static TWide Distance(
        in ColumnSums part,
        in ColumnSums merged,
        ColumnGeometry geometry,
        int chunk,
        nint column
    )
    {
        if (geometry.ChunksOfMatrix == 1)
        {
            return TWide.Of(0);
        }

        var (mean, rest) = Mean(merged, column, TWide.Of(geometry.Rows));
        var (own, ownRest) = Mean(part, column, TWide.Of(geometry.RowsIn(chunk)));
        return own - mean + (ownRest - rest);
    }

    /// <summary>Adds with what the addition drops: means are not rounded.</summary>
    private static void AddInTwo(in SlotPlane total, in SlotPlane part, nint column)
    {
        var (sum, term) = (
            TWide.LoadDouble(total.Sums + column),
            TWide.LoadDouble(part.Sums + column)
        );
        var next = sum + term;
        var own = next - sum;
        var lost = sum - (next - own) + (term - own) + TWide.LoadDouble(part.Lost + column);
        TWide.StoreDouble(next, total.Sums + column);
        TWide.StoreDouble(TWide.LoadDouble(total.Lost + column) + lost, total.Lost + column);
    }
}
