using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>
/// Channels with short runs, a strip of neighbouring ones at a time (Fast alone). How channels are put together changes no bit.
/// </summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
{
    private void GroupsByStrips(int first, int end, int part)
    {
        for (var group = first; group < end; )
        {
            // Threads may begin anywhere: from the second strip on they begin where a pack does.
            var groups = Math.Min(_groupsOfStrip - (group % _groupsOfStrip), end - group);
            Strip(group, groups, part);
            group += groups;
        }
    }

    private void Strip(int first, int groups, int part)
    {
        var room = StripOf(part);
        FindNumbers(first, groups, room);
        if (IsBackward)
        {
            for (var i = 0; i < groups; i++)
            {
                SlopeOf(first + i, room.Sums + i, room.Numbers[i], out room.Slopes[i]);
            }
        }

        for (var i = 0; i < groups; i++)
        {
            WriteNumbers(first + i, room, i);
        }

        WriteStrip(first, groups, room, part);
    }

    /// <summary>Statistics of a strip's channels and, of a backward, their products.</summary>
    private void FindNumbers(int first, int groups, in StripRoom room)
    {
        if (AreGiven)
        {
            for (var i = 0; i < groups; i++)
            {
                Given(first + i, out room.Numbers[i]);
            }
        }
        else
        {
            FindMoments(first, groups, room);
        }

        if (IsBackward && (!IsInference || HasSlotGradients))
        {
            FindProducts(first, groups, room);
        }
    }

    private void FindMoments(int first, int groups, in StripRoom room)
    {
        for (var chunk = 0; chunk < _chunksOfGroup; chunk++)
        {
            FindMoments(first, groups, chunk, room);
        }

        for (var i = 0; i < groups; i++)
        {
            var moments = room.Moments + ((nint)i * _momentsOfGroup);
            var group = first + i;
            Merge(_geometry.Group(group), moments, _chunksOfGroup, out var merged);
            NumbersOf(group, merged, out room.Numbers[i]);
        }
    }

    private void FindMoments(int first, int groups, int chunk, in StripRoom room)
    {
        var tile = TileOf(first, groups, chunk);
        var space = _geometry.Space;
        var count = (double)tile.Rows * space;
        ShortRunKernels<TPack, TWide, TSum, TStored>.Sum(Tensors.X, tile, room.Columns);
        for (var i = 0; i < groups; i++)
        {
            var sum = new Extended(
                ShortRunKernels<TPack, TWide, TSum, TStored>.Fold(
                    room.Columns + (i * space),
                    space
                ),
                0
            );
            MomentsAt(room, i, chunk) = new()
            {
                Sum = sum,
                Mean = sum / count,
                Count = count,
            };
        }

        for (var i = 0; i < groups; i++)
        {
            var head = PivotOf(MomentsAt(room, i, chunk).Mean).Hi;
            Spread(&head, 1, room.Pivots, room.Plane, i);
        }

        ShortRunKernels<TPack, TWide, TSum, TStored>.Squares(
            Tensors.X,
            tile,
            room.Pivots,
            room.Columns
        );
        for (var i = 0; i < groups; i++)
        {
            ref var moments = ref MomentsAt(room, i, chunk);
            var squares = ShortRunKernels<TPack, TWide, TSum, TStored>.Fold(
                room.Columns + (i * space),
                space
            );
            moments.Squares = SquaresAbout(PivotOf(moments.Mean), squares, count);
        }
    }

    private void FindProducts(int first, int groups, in StripRoom room)
    {
        var space = _geometry.Space;
        var pivots = stackalloc double[StripRoom.PivotPlanes];
        for (var i = 0; i < groups; i++)
        {
            ref readonly var numbers = ref room.Numbers[i];
            pivots[0] = PivotOf(numbers.Mean).Hi;
            pivots[1] = ScaleOf(numbers.InverseStd);
            Spread(pivots, StripRoom.PivotPlanes, room.Pivots, room.Plane, i);
        }

        for (var chunk = 0; chunk < _chunksOfGroup; chunk++)
        {
            var tile = TileOf(first, groups, chunk);
            ShortRunKernels<TPack, TWide, TSum, TStored>.Products(
                Tensors.X,
                Tensors.Dy,
                tile,
                room.Pivots,
                room.Plane,
                room.Columns
            );
            for (var i = 0; i < groups; i++)
            {
                ref readonly var numbers = ref room.Numbers[i];
                var dy = FoldOf(room, 0, i);
                var products = ProductsAbout(
                    PivotOf(numbers.Mean),
                    ScaleOf(numbers.InverseStd),
                    FoldOf(room, 1, i),
                    dy
                );
                Keep(room, i, chunk, new(dy, new(products, 0), 0));
            }
        }
    }

    private Tile TileOf(int first, int groups, int chunk)
    {
        var stretch = StretchOf(first, chunk);
        return new(stretch.First, stretch.Runs, stretch.Distance, groups * _geometry.Space);
    }

    private Stretch StretchOf(int group, int chunk) => new Chunks(_geometry.Group(group))[chunk];

    private ref ChunkMoments MomentsAt(in StripRoom room, int index, int chunk) =>
        ref room.Moments[((nint)index * _momentsOfGroup) + chunk];

    private static void Keep(in StripRoom room, int index, int chunk, in UnitSums sums)
    {
        if (chunk == 0)
        {
            room.Sums[index] = sums;
        }
        else
        {
            room.Sums[index].Add(sums);
        }
    }

    private Extended FoldOf(in StripRoom room, int plane, int index) =>
        new(
            ShortRunKernels<TPack, TWide, TSum, TStored>.Fold(
                room.Columns + (plane * room.Plane) + ((nint)index * _geometry.Space),
                _geometry.Space
            ),
            0
        );

    private void Spread(double* numbers, int count, byte* lanes, nint plane, int index) =>
        ShortRunKernels<TPack, TWide, TSum, TStored>.Spread(
            numbers,
            count,
            lanes,
            plane,
            (nint)index * _geometry.Space,
            _geometry.Space
        );
}
