using NormCheck.Optimized.Kernels;
using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>The part between reading and writing: from sums of chunks to the numbers of every column.</summary>
internal sealed unsafe partial class ColumnExecution<TPack, TWide, TSum, TStored>
{
    private void FinishShare(int part, int parts)
    {
        var (first, end) = Share(_rangesOfMatrix * _matrices, part, parts);
        for (var item = first; item < end; item++)
        {
            var (matrix, range) = Math.DivRem(item, _rangesOfMatrix);
            var group = range * _groupsOfRange;
            var last = Math.Min(group + _groupsOfRange, _geometry.GroupsOfMatrix);
            if (!FinishGroups(_matrix + matrix, group, last, part, _fromHints, _repeats))
            {
                _distrusted = true;
            }
        }
    }

    /// <summary>False where the hint of some group was no good.</summary>
    /// <param name="repeats">Only those groups are finished whose hint was no good before.</param>
    private bool FinishGroups(
        int matrix,
        int first,
        int end,
        int part,
        bool fromHints,
        bool repeats
    )
    {
        var merged = new ColumnSums(_merged + (ColumnSums.Planes * _plane * part), _plane);
        if (Gathers)
        {
            ColumnMerge<TPack, TWide, TSum>.Merge(
                ChunksOf(matrix),
                _geometry,
                first * _geometry.ColumnsOfGroup,
                (end - first) * _geometry.ColumnsOfGroup,
                merged,
                _scales,
                FindsMoments,
                IsBackward
            );
        }

        var trusts = true;
        for (var group = first; group < end; group++)
        {
            var index = (matrix * _geometry.GroupsOfMatrix) + group;

            // A group with a good hint is not done again: its bits must not depend on another group's.
            if (repeats && !_isDistrusted[index])
            {
                continue;
            }

            var numbers = NumbersOfGroup(matrix, group, merged, fromHints, out var isTrusted);
            _isDistrusted[index] = !isTrusted;
            trusts &= isTrusted;
            FinishGroup(matrix, group, numbers, merged);
        }

        return trusts;
    }

    private void FinishGroup(int matrix, int group, in GroupNumbers numbers, in ColumnSums merged)
    {
        var first = group * _geometry.ColumnsOfGroup;
        var centre = CentreOf(numbers.Mean, numbers.InverseStd);
        var lanes = NumbersOf(matrix);
        var slope = IsBackward ? SlopeOf(matrix, first, numbers, merged) : default;
        for (var column = first; column < first + _geometry.ColumnsOfGroup; column++)
        {
            var gamma = Parameter(Tensors.Gamma, column, 1);
            if (IsBackward && IsInference)
            {
                centre = new() { InverseStd = gamma };
            }

            lanes.Write<TPack, TWide>(ColumnNumbers.Mean, column, centre.Mean);
            lanes.Write<TPack, TWide>(ColumnNumbers.Rest, column, centre.Rest);
            lanes.Write<TPack, TWide>(ColumnNumbers.InverseStd, column, centre.InverseStd);
            if (!IsBackward)
            {
                var (r, d) = numbers.Correction;
                var beta = Parameter(Tensors.Beta, column, 0);
                lanes.Write<TPack, TWide>(ColumnNumbers.Scale, column, gamma * r);
                lanes.Write<TPack, TWide>(
                    ColumnNumbers.Shift,
                    column,
                    d == 0 ? beta : Math.FusedMultiplyAdd(gamma, d, beta)
                );
            }
            else if (IsInference)
            {
                lanes.Write<TPack, TWide>(ColumnNumbers.Scale, column, slope.Factor);
                lanes.Write<TPack, TWide>(ColumnNumbers.Shift, column, 0);
            }
            else
            {
                lanes.Write<TPack, TWide>(ColumnNumbers.Scale, column, gamma);
                lanes.Write<TPack, TWide>(ColumnNumbers.MeanOfG, column, -slope.MeanOfG);
                lanes.Write<TPack, TWide>(ColumnNumbers.Correlation, column, -slope.Correlation);
                lanes.Write<TPack, TWide>(ColumnNumbers.Factor, column, slope.Factor);
            }
        }
    }

    private GroupNumbers NumbersOfGroup(
        int matrix,
        int group,
        in ColumnSums merged,
        bool fromHints,
        out bool isTrusted
    )
    {
        var first = group * _geometry.ColumnsOfGroup;
        isTrusted = true;
        if (IsInference)
        {
            var (mean, inverse) = ChannelState<TStored>.Frozen(Problem, Tensors, first);
            return new(new(mean, 0), inverse, Correction.None);
        }

        var index = (matrix * _geometry.GroupsOfMatrix) + group;
        if (!FindsMoments)
        {
            var mean = new Extended(Parameter(Tensors.SavedMean, index, 0), 0);
            var inverse = TStored.ReadParameter(Tensors.SavedInverseStd, index);
            return new(
                mean,
                inverse,
                ChannelState<TStored>.CorrectionOf(Problem, Tensors, first, mean, 1 / inverse)
            );
        }

        var moments = MomentsOfGroup(matrix, first, merged);
        isTrusted = !fromHints || Trusts(moments, Hint(index));
        var moved = fromHints ? moments.Mean.Minus(Hint(index)) : 0;
        var std = moments.Std(Problem.Epsilon);
        var correction = ChannelState<TStored>.CorrectionOf(
            Problem,
            Tensors,
            first,
            moments.Mean,
            std
        );
        if (!IsBackward)
        {
            ChannelState<TStored>.Save(Tensors, index, moments.Mean, 1 / std);
            ChannelState<TStored>.Update(Problem, Tensors, first, moments, _geometry.GroupSize);
        }

        return new(moments.Mean, 1 / std, correction) { Moved = moved };
    }

    /// <summary>The columns of a group are its chunks.</summary>
    private Moments MomentsOfGroup(int matrix, int first, in ColumnSums merged)
    {
        var columns = _geometry.ColumnsOfGroup;
        var total = Extended.Zero;
        for (var column = first; column < first + columns; column++)
        {
            total += SumOf(merged, column);
        }

        var mean = total / _geometry.GroupSize;
        var squares = Extended.Zero;
        for (var column = first; column < first + columns; column++)
        {
            squares += merged.OfSquares[column];
            if (columns > 1)
            {
                var own = SumOf(merged, column) / _geometry.Rows;
                var distance = own.Hi - mean.Hi + (own.Lo - mean.Lo);
                squares += _geometry.Rows * distance * distance;
            }
        }

        var moments = new Moments(mean, squares.Value / _geometry.GroupSize);
        if (!Watches || !double.IsFinite(mean.Hi))
        {
            return moments;
        }

        var least = double.PositiveInfinity;
        for (var column = first; column < first + columns; column++)
        {
            least = double.MinNative(least, merged.Least[column]);
        }

        return HoldsInTwo(moments, _geometry.GroupSize, least)
            ? moments
            : AsInteger(ElementsOf(matrix, first), moments);
    }

    private static Extended SumOf(in ColumnSums sums, nint column) =>
        new(sums.Sum[column], double.IsFinite(sums.SumLost[column]) ? sums.SumLost[column] : 0);

    private Slope SlopeOf(int matrix, int first, in GroupNumbers numbers, in ColumnSums merged)
    {
        var sumOfG = Extended.Zero;
        var correlation = Extended.Zero;
        var squaresOfG = 0.0;
        var (r, d) = numbers.Correction;
        var factor = Unscaled(numbers.InverseStd);
        if (Gathers)
        {
            for (var column = first; column < first + _geometry.ColumnsOfGroup; column++)
            {
                var dy = merged.OfGradient.OfDy[column];
                var products = merged.OfGradient.OfProducts[column];
                var scale = ScaleOf(numbers.InverseStd);
                if (FindsMoments && TSum.Scales)
                {
                    products *= scale / _scales.Of(merged.OfSquares[column], _geometry.Rows);
                }

                if (FindsMoments && _geometry.ColumnsOfGroup > 1)
                {
                    // The column's own mean is the pivot of its products.
                    var own = SumOf(merged, column) / _geometry.Rows;
                    var distance = own.Hi - numbers.Mean.Hi + (own.Lo - numbers.Mean.Lo);
                    products += distance * scale * dy;
                }

                var normalized = products * factor;
                var gamma = Parameter(Tensors.Gamma, column, 1);
                sumOfG += gamma * dy;
                correlation += gamma * normalized;
                squaresOfG += merged.SquaresOfDy[column] * gamma * gamma;
                _slotTerms[((nint)matrix * _geometry.Channels) + column] = new(
                    (normalized * r) + (d == 0 ? 0 : d * dy),
                    dy
                );
            }
        }

        if (IsInference)
        {
            return new(0, 0, numbers.InverseStd);
        }

        var meanOfG = sumOfG.Value / _geometry.GroupSize;
        var meanOfProducts = correlation.Value / _geometry.GroupSize;

        SumGradientAgain(
            (matrix * _geometry.GroupsOfMatrix) + (first / _geometry.ColumnsOfGroup),
            numbers,
            squaresOfG,
            ref meanOfG,
            ref meanOfProducts
        );
        return new(meanOfG, meanOfProducts, r * numbers.InverseStd);
    }

    protected override int GradientParts => 1;

    protected override GradientPart GradientPartOf(int group, int part)
    {
        var (matrix, inMatrix) = Math.DivRem(group, _geometry.GroupsOfMatrix);
        var first = inMatrix * _geometry.ColumnsOfGroup;
        return _geometry.ColumnsOfGroup == 1 || Tensors.Gamma is null
            ? new(ElementsOf(matrix, first), null, 0, Parameter(Tensors.Gamma, first, 1))
            : new(ElementsOf(matrix, first), Tensors.Gamma, first, 1);
    }
}
