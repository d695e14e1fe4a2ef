using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>
/// Draws shapes. Numerics are tested with small groups (what tells a stable variance from a one-pass one is κ ≫ m);
/// larger ones test indexing and tails. Extents are all different, all equal, or partly 1.
/// </summary>
internal static class CaseShapes
{
    /// <summary>Sizes around vector widths and block sizes, where tails and block switches go wrong.</summary>
    private static readonly int[] s_tails =
    [
        127,
        128,
        129,
        130,
        131,
        255,
        256,
        257,
        500,
        511,
        513,
        768,
        1023,
        1024,
        1025,
        1536,
        3584,
    ];

    /// <summary>Lengths past the blocks of kernels that do long rows in parts.</summary>
    private static readonly int[] s_long = [2049, 4100, 8200, 9216, 16_384, 16_385];

    /// <summary>Numbers of rows past the blocks of kernels that do many rows in parts.</summary>
    private static readonly int[] s_rows = [1023, 1025, 1537, 2049];

    /// <summary>More groups than one launch, or 16 bits, can hold.</summary>
    private const int Many = 65_537;

    private static readonly int[] s_groupCounts = [1, 2, 3, 4, 5, 7];

    /// <summary>The share of cases that are larger than the others by far; they cost a hundred times as much.</summary>
    private const double Large = 1.0 / 80;

    /// <summary>About as many elements as a case may have; a few, with a long tail, have more.</summary>
    private const int Budget = 480;

    /// <param name="op">The op.</param>
    /// <param name="dtype">Large cases are rarer in f64, where the truth takes more than double-double.</param>
    /// <param name="random">The case's stream.</param>
    public static (Shape Shape, int Axis, int Groups) Draw(
        NormOp op,
        DType dtype,
        SeededRandom random
    ) =>
        random.Chance(dtype == DType.F64 ? Large / 5 : Large) ? Larger(op, random)
        : op.HasChannels() ? WithChannels(op, random)
        : Trailing(random);

    /// <summary>Long groups, many groups, or very many.</summary>
    private static (Shape, int, int) Larger(NormOp op, SeededRandom random)
    {
        var kind = random.Below(3);
        var count =
            kind == 0 ? random.Pick(s_long)
            : kind == 1 ? random.Pick(s_rows)
            : Many;
        var few =
            1
            + random.Below(
                kind == 0 ? 2
                : kind == 1 ? 7
                : 1
            );
        return op switch
        {
            NormOp.LayerNorm or NormOp.RmsNorm => kind == 0 ? (new Shape(few, count), 1, 1)
            : kind == 1 && random.Chance(0.5) ? (new Shape(count, few), 1, 1)
            : (new Shape(count, few, 1), 1, 1),
            NormOp.BatchNorm or NormOp.BatchRenorm => kind == 0
                ? (new Shape(count, few), 0, 1)
                : (new Shape(few, count), 0, 1),
            _ => kind == 0
                ? (new Shape(1, 2, count), 0, op == NormOp.GroupNorm ? few : 1)
                : (new Shape(count, 1, few), 0, 1),
        };
    }

    private static (Shape, int, int) WithChannels(NormOp op, SeededRandom random)
    {
        var rank = 2 + random.Below(4);
        var groups = op == NormOp.GroupNorm ? random.Pick(s_groupCounts) : 1;
        var extents = new int[rank];
        switch (random.Below(10))
        {
            case 0:
                // All equal: a transposed index stays in range and must be noticed by its value.
                var side = 2 + random.Below(rank > 3 ? 3 : 6);
                Array.Fill(extents, side);
                groups = op == NormOp.GroupNorm ? Divisor(side, random) : 1;
                return (new Shape(extents), 0, groups);
            case 1:
                // One long axis.
                Array.Fill(extents, 1);
                extents[1] = groups * (1 + random.Below(3));
                extents[rank > 2 ? rank - 1 : 0] = random.Pick(
                    s_tails[..(extents[1] > 6 ? 12 : s_tails.Length)]
                );
                break;
            case 2:
                // Few elements a group, several groups: one sample or one position.
                Array.Fill(extents, 1);
                extents[0] = 1 + random.Below(4);
                extents[1] = groups * (1 + random.Below(6));
                break;
            default:
                extents[0] = 1 + random.Below(8);
                extents[1] = groups * (1 + random.Below(groups > 2 ? 3 : 9));
                for (var axis = 2; axis < rank; axis++)
                {
                    extents[axis] = 1 + random.Below(9);
                }

                break;
        }

        return (new Shape(Shrink(extents)), 0, groups);
    }

    private static (Shape, int, int) Trailing(SeededRandom random)
    {
        var rank = 2 + random.Below(4);
        var axis = random.Below(rank);
        var extents = new int[rank];
        Array.Fill(extents, 1);
        switch (random.Below(10))
        {
            case 0:
                Array.Fill(extents, 2 + random.Below(rank > 3 ? 3 : 6));
                break;
            case 1:
            case 2:
                axis = rank - 1;
                extents[axis] = random.Pick(s_tails);
                extents[0] = 1 + random.Below(3);
                break;
            case 3:
                axis = rank - 1;
                extents[axis] = 1 + random.Below(70);
                extents[0] = 1 + random.Below(5);
                break;
            default:
                for (var each = 0; each < rank; each++)
                {
                    extents[each] = 1 + random.Below(9);
                }

                break;
        }

        return (new Shape(Shrink(extents)), axis, 1);
    }

    /// <summary>Cuts the spatial and batch extents (never the channels) until the case is affordable.</summary>
    private static int[] Shrink(int[] extents)
    {
        var hasTail = extents.Any(extent => extent > 100);
        while (!hasTail && extents.Aggregate(1L, (product, extent) => product * extent) > Budget)
        {
            var largest = 0;
            for (var axis = 0; axis < extents.Length; axis++)
            {
                if (axis != 1 && extents[axis] >= extents[largest])
                {
                    largest = axis;
                }
            }

            if (extents[largest] == 1)
            {
                break;
            }

            extents[largest]--;
        }

        return extents;
    }

    private static int Divisor(int of, SeededRandom random)
    {
        var divisors = Enumerable.Range(1, of).Where(each => of % each == 0).ToArray();
        return random.Pick(divisors);
    }
}
