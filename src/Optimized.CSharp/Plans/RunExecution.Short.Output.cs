using System.Runtime.CompilerServices;
using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>Channels with short runs: the part that writes, and the memory of a strip.</summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>The numbers of a channel for the loop that writes, spread over its positions.</summary>
    [SkipLocalsInit]
    private void WriteNumbers(int group, in StripRoom room, int index)
    {
        ref readonly var numbers = ref room.Numbers[index];
        var centre = CentreOf(numbers.Mean, numbers.InverseStd);
        var spread = stackalloc double[ColumnNumbers.Planes];
        spread[ColumnNumbers.Mean] = centre.Mean;
        spread[ColumnNumbers.Rest] = centre.Rest;
        spread[ColumnNumbers.InverseStd] = centre.InverseStd;
        var count = ColumnNumbers.Shift + 1;
        if (!IsBackward)
        {
            var affine = AffineOf(group, 0, numbers);
            spread[ColumnNumbers.Scale] = affine.Scale;
            spread[ColumnNumbers.Shift] = affine.Shift;
        }
        else if (IsInference)
        {
            spread[ColumnNumbers.Mean] = 0;
            spread[ColumnNumbers.Rest] = 0;
            spread[ColumnNumbers.InverseStd] = GammaOf(group, 0);
            spread[ColumnNumbers.Scale] = room.Slopes[index].Factor;
            spread[ColumnNumbers.Shift] = 0;
        }
        else
        {
            var slope = room.Slopes[index];
            spread[ColumnNumbers.Scale] = GammaOf(group, 0);
            spread[ColumnNumbers.MeanOfG] = -slope.MeanOfG;
            spread[ColumnNumbers.Correlation] = -slope.Correlation;
            spread[ColumnNumbers.Factor] = slope.Factor;
            count = ColumnNumbers.Planes;
        }

        Spread(spread, count, room.Lanes, room.Plane, index);
    }

    private void WriteStrip(int first, int groups, in StripRoom room, int part)
    {
        var stage = Stage(part);
        var columns = groups * _geometry.Space;
        var bytes = (nint)columns * TStored.Bytes;
        var distance = (nint)_geometry.Channels * _geometry.Space;
        var begin = (nint)first * _geometry.Space;
        var rows = stage.WritesDirectly<TStored>(begin, distance, columns)
            ? _geometry.Samples
            : Math.Max(1, (int)(OutputStage.PieceBytes / bytes));
        var numbers = new ColumnNumbers(room.Lanes, room.Plane, TPack.LaneBytes);
        for (var row = 0; row < _geometry.Samples; row += rows)
        {
            var tile = new Tile(
                (row * distance) + begin,
                Math.Min(rows, _geometry.Samples - row),
                distance,
                columns
            )
            {
                IsInCache = true,
            };
            WriteTile(tile, numbers, 0, stage);
        }
    }

    private StripRoom StripOf(int part) =>
        new(_strips + (part * StripRoom.BytesOf(_planeOfStrip)), _planeOfStrip)
        {
            Moments = _moments + ((nint)part * _groupsOfStrip * _momentsOfGroup),
            Sums = _sums + ((nint)part * _groupsOfStrip),
            Numbers = _numbers + ((nint)part * _groupsOfStrip),
            Slopes = _slopes + ((nint)part * _groupsOfStrip),
        };

    /// <summary>What a thread has of the strip that it is at.</summary>
    private readonly struct StripRoom(byte* memory, nint plane)
    {
        /// <summary>Pivots and scales.</summary>
        public const int PivotPlanes = 2;

        private const int SumPlanes = 2;

        /// <summary>Numbers in a plane: one for every column, and what is written beyond the last.</summary>
        public nint Plane => plane;

        /// <summary>Sums of columns, in planes.</summary>
        public double* Columns => (double*)memory;

        /// <summary>For every column the pivot, in the next plane the scale.</summary>
        public byte* Pivots => (byte*)(Columns + (SumPlanes * plane));

        /// <summary>See <see cref="ColumnNumbers"/>.</summary>
        public byte* Lanes => Pivots + (PivotPlanes * plane * TPack.LaneBytes);

        /// <summary>Of every channel and chunk.</summary>
        public ChunkMoments* Moments { get; init; }

        public UnitSums* Sums { get; init; }

        public GroupNumbers* Numbers { get; init; }

        public Slope* Slopes { get; init; }

        public static nint BytesOf(nint plane) =>
            (
                (SumPlanes * sizeof(double))
                + ((PivotPlanes + ColumnNumbers.Planes) * TPack.LaneBytes)
            ) * plane;
    }
}
