using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>Channels with short runs, a strip of neighbouring ones at a time. How channels are put together changes no bit.</summary>
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
                room.Slopes[i] = SlopeOf(first + i, room.Sums + i, room.Numbers[i]);
            }
        }

        for (var i = 0; i < groups; i++)
        {
            WriteNumbers(first + i, i * _geometry.Space, room, i);
        }

        WriteStrip(first, groups, room, part);
    }

    /// <summary>Statistics of a strip's channels and, of a backward, their products.</summary>
    private void FindNumbers(int first, int groups, in StripRoom room)
    {
        if (HasHints)
        {
            GatherStrip(first, groups, room);
            for (var i = 0; i < groups; i++)
            {
                var moments = room.Moments + ((nint)i * _momentsOfGroup);
                if (
                    !FromHints(
                        first + i,
                        moments,
                        _chunksOfGroup,
                        room.Sums + i,
                        out room.Numbers[i]
                    )
                )
                {
                    FindWithoutHints(first + i, i, room);
                }
            }

            return;
        }

        if (IsInference || (IsBackward && TakesSaved))
        {
            for (var i = 0; i < groups; i++)
            {
                room.Numbers[i] = Given(first + i)!.Value;
            }
        }
        else
        {
            FindMoments(first, groups, room, 0);
        }

        if (IsBackward && (!IsInference || HasSlotGradients))
        {
            FindProducts(first, groups, room, 0);
        }
    }

    /// <summary>One channel of a strip by itself: the others' bits must not depend on it.</summary>
    private void FindWithoutHints(int group, int index, in StripRoom room)
    {
        FindMoments(group, 1, room, index);
        FindProducts(group, 1, room, index);
    }

    private void FindMoments(int first, int groups, in StripRoom room, int index)
    {
        for (var chunk = 0; chunk < _chunksOfGroup; chunk++)
        {
            FindMoments(first, groups, chunk, room, index);
        }

        for (var i = 0; i < groups; i++)
        {
            var moments = room.Moments + ((nint)(index + i) * _momentsOfGroup);
            var group = first + i;
            room.Numbers[index + i] = NumbersOf(
                group,
                Merged(_geometry.Group(group), moments, _chunksOfGroup)
            );
        }
    }

    private void FindMoments(int first, int groups, int chunk, in StripRoom room, int index)
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
            MomentsAt(room, index + i, chunk) = new()
            {
                Sum = sum,
                Mean = sum / count,
                Count = count,
            };
        }

        for (var i = 0; i < groups; i++)
        {
            var pivot = PivotOf(MomentsAt(room, index + i, chunk).Mean);
            Spread(pivot.Hi, room.Pivots, i);
        }

        room.ClearLeast();
        ShortRunKernels<TPack, TWide, TSum, TStored>.Squares(
            Tensors.X,
            tile,
            room.Pivots,
            room.Columns,
            room.Least
        );
        for (var i = 0; i < groups; i++)
        {
            ref var moments = ref MomentsAt(room, index + i, chunk);
            var squares = ShortRunKernels<TPack, TWide, TSum, TStored>.Fold(
                room.Columns + (i * space),
                space
            );
            moments.Squares = SquaresAbout(PivotOf(moments.Mean), squares, count);
            moments.Least = LeastOf(room, i);
            var stretch = ChannelOf(tile, i);
            if (
                SumsAgain(
                    stretch,
                    0,
                    moments.Sum.Hi,
                    moments.Squares,
                    moments.Least,
                    ref moments.Sum
                )
            )
            {
                moments.Mean = moments.Sum / count;
            }
        }
    }

    private void FindProducts(int first, int groups, in StripRoom room, int index)
    {
        var space = _geometry.Space;
        for (var i = 0; i < groups; i++)
        {
            var numbers = room.Numbers[index + i];
            Spread(PivotOf(numbers.Mean).Hi, room.Pivots, i);
            Spread(ScaleOf(numbers.InverseStd), room.Scales, i);
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
                var numbers = room.Numbers[index + i];
                var dy = FoldOf(room, 0, i);
                var products = ProductsAbout(
                    PivotOf(numbers.Mean),
                    ScaleOf(numbers.InverseStd),
                    FoldOf(room, 1, i),
                    dy
                );
                Keep(room, index + i, chunk, new(dy, new(products, 0)));
            }
        }
    }

    /// <summary>Statistics and products of all channels of a strip in one look at x and dy.</summary>
    private void GatherStrip(int first, int groups, in StripRoom room)
    {
        var space = _geometry.Space;
        for (var i = 0; i < groups; i++)
        {
            Spread(Hint(first + i), room.Pivots, i);
        }

        for (var chunk = 0; chunk < _chunksOfGroup; chunk++)
        {
            var tile = TileOf(first, groups, chunk);
            room.ClearLeast();
            ShortRunKernels<TPack, TWide, TSum, TStored>.Gather(
                Tensors.X,
                Tensors.Dy,
                tile,
                room.Pivots,
                room.Plane,
                room.Columns,
                room.Least
            );
            for (var i = 0; i < groups; i++)
            {
                var gathered = new GatheredSums(
                    FoldOf(room, 0, i),
                    FoldOf(room, 1, i),
                    FoldOf(room, 2, i),
                    FoldOf(room, 3, i),
                    LeastOf(room, i)
                );
                var pivot = Hint(first + i);
                MomentsAt(room, i, chunk) = MomentsOf(ChannelOf(tile, i), gathered, pivot);
                Keep(room, i, chunk, new(gathered.Sum, gathered.Products));
            }
        }
    }

    private Tile TileOf(int first, int groups, int chunk)
    {
        var stretch = StretchOf(first, chunk);
        return new(stretch.First, stretch.Runs, stretch.Distance, groups * _geometry.Space);
    }

    /// <summary>The elements of one channel of a tile.</summary>
    private Stretch ChannelOf(in Tile tile, int index) =>
        new(
            tile.First + ((nint)index * _geometry.Space),
            tile.Rows,
            tile.Distance,
            _geometry.Space
        );

    private Stretch StretchOf(int group, int chunk) => new Chunks(_geometry.Group(group))[chunk];

    private ref ChunkMoments MomentsAt(in StripRoom room, int index, int chunk) =>
        ref room.Moments[((nint)index * _momentsOfGroup) + chunk];

    private static void Keep(in StripRoom room, int index, int chunk, UnitSums sums)
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

    private double LeastOf(in StripRoom room, int index) =>
        Watches
            ? ShortRunKernels<TPack, TWide, TSum, TStored>.Least(
                room.Least + ((nint)index * _geometry.Space),
                _geometry.Space
            )
            : double.PositiveInfinity;

    private void Spread(double value, byte* lanes, int index) =>
        ShortRunKernels<TPack, TWide, TSum, TStored>.Spread(
            value,
            lanes,
            (nint)index * _geometry.Space,
            _geometry.Space
        );
}
