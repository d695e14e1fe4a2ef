using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>The part that writes, and the part in which threads share a group.</summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
{
    private void Output(in Stretch stretch, in GroupNumbers numbers, Affine affine, int part)
    {
        var stage = Stage(part);
        var centre = CentreOf(numbers.Mean, numbers.InverseStd);
        if (TakesLines(stage, stretch))
        {
            Output<Streamed>(stretch, centre, affine, stage.Tensor, stretch.First);
            return;
        }

        if (!stage.Takes((nint)stretch.Length * TStored.Bytes))
        {
            Output<Cached>(stretch, centre, affine, stage.Tensor, stretch.First);
            return;
        }

        for (var piece = new Pieces(stretch, PieceLength); piece.MoveNext(); )
        {
            Output<Cached>(piece.Current, centre, affine, stage.Buffer, 0);
            Flush(stage, piece.Current);
        }
    }

    private static bool TakesLines(in OutputStage stage, in Stretch stretch) =>
        stage.TakesLines<TStored>(stretch.First, stretch.Distance, stretch.Length);

    private void Output<TTarget>(
        in Stretch stretch,
        in Centre centre,
        Affine affine,
        byte* target,
        nint to
    )
        where TTarget : struct, ITarget =>
        RunKernels<TPack, TWide, TSum, TStored>.Apply<TTarget>(
            Tensors.X,
            stretch,
            target,
            to,
            centre,
            affine,
            AheadOfOutput
        );

    private void Gradient(
        in Stretch stretch,
        in GroupNumbers numbers,
        double gamma,
        Slope slope,
        int part
    )
    {
        var stage = Stage(part);
        var centre = CentreOf(numbers.Mean, numbers.InverseStd);
        if (TakesLines(stage, stretch))
        {
            Gradient<Streamed>(stretch, centre, &gamma, 0, slope, stage.Tensor, stretch.First);
            return;
        }

        if (!stage.Takes((nint)stretch.Length * TStored.Bytes))
        {
            Gradient<Cached>(stretch, centre, &gamma, 0, slope, stage.Tensor, stretch.First);
            return;
        }

        for (var piece = new Pieces(stretch, PieceLength); piece.MoveNext(); )
        {
            Gradient<Cached>(piece.Current, centre, &gamma, 0, slope, stage.Buffer, 0);
            Flush(stage, piece.Current);
        }
    }

    /// <summary>dx of a group: of all its units at once where nothing is streamed.</summary>
    private void GradientOfGroup(int group, in GroupNumbers numbers, in Slope slope, int part)
    {
        var units = _geometry.UnitsOfGroup;
        if (units == 1 || IsInference || Streams)
        {
            for (var unit = 0; unit < units; unit++)
            {
                Gradient(_geometry.Unit(group, unit), numbers, GammaOf(group, unit), slope, part);
            }

            return;
        }

        var gammas = _gammas + ((nint)part * units);
        for (var unit = 0; unit < units; unit++)
        {
            gammas[unit] = GammaOf(group, unit);
        }

        var stretch = UnitsOf(group);
        var centre = CentreOf(numbers.Mean, numbers.InverseStd);
        Gradient<Cached>(stretch, centre, gammas, 1, slope, Stage(part).Tensor, stretch.First);
    }

    private void Gradient<TTarget>(
        in Stretch stretch,
        in Centre centre,
        double* gammas,
        nint step,
        in Slope slope,
        byte* target,
        nint to
    )
        where TTarget : struct, ITarget
    {
        if (IsInference)
        {
            // dx = (γ·dy)/σ, whatever x is: an infinite x must not get in.
            RunKernels<TPack, TWide, TSum, TStored>.Apply<TTarget>(
                Tensors.Dy,
                stretch,
                target,
                to,
                new() { InverseStd = *gammas },
                new(slope.Factor, 0),
                AheadOfOutput
            );
            return;
        }

        RunKernels<TPack, TWide, TSum, TStored>.Gradient<TTarget>(
            Tensors.X,
            Tensors.Dy,
            stretch,
            target,
            to,
            centre,
            gammas,
            step,
            slope,
            AheadOfOutput
        );
    }

    private static void Flush(in OutputStage stage, in Stretch piece) =>
        stage.Flush(piece.First * TStored.Bytes, (nint)piece.Length * TStored.Bytes);

    /// <summary>Elements that are written at once where results go through a buffer.</summary>
    private static int PieceLength => OutputStage.PieceBytes / TStored.Bytes;

    private void ComputeShared()
    {
        if (HasHints)
        {
            ComputeFromHints();
        }
        else
        {
            FindNumbers();
            FindSlopes();
        }

        InParallel(SharedOutput, Parts);
    }

    private void FindNumbers()
    {
        if (AreGiven)
        {
            for (var group = 0; group < _geometry.Groups; group++)
            {
                Given(group, out _numbers[group]);
            }

            return;
        }

        InParallel(SharedMoments, Parts);
        for (var group = 0; group < _geometry.Groups; group++)
        {
            var chunks = _moments + ((nint)group * _momentsOfGroup);
            Merge(_geometry.Group(group), chunks, _chunksOfGroup, out var moments);
            NumbersOf(group, moments, out _numbers[group]);
        }
    }

    /// <summary>A group whose hint was no good is done again by itself: the others' bits must not depend on it.</summary>
    private void ComputeFromHints()
    {
        InParallel(SharedHints, Parts);
        for (var group = 0; group < _geometry.Groups; group++)
        {
            MergeProducts(group);
            var chunks = _moments + ((nint)group * _momentsOfGroup);
            var sums = ProductsOfUnit(group, 0);
            var count = _chunksOfUnit * _geometry.UnitsOfGroup;
            if (!FromHints(group, chunks, count, sums, out _numbers[group]))
            {
                NumbersOf(group, chunks, out _numbers[group]);
                ProductsOfGroup(group, _numbers[group], sums);
            }

            SlopeOf(group, sums, _numbers[group], out _slopes[group]);
        }
    }

    private UnitSums* ProductsOfUnit(int group, int unit) =>
        _sums + ((((nint)group * _geometry.UnitsOfGroup) + unit) * _chunksOfUnit);

    private void FindSlopes()
    {
        if (!IsBackward)
        {
            return;
        }

        InParallel(SharedProducts, Parts);
        for (var group = 0; group < _geometry.Groups; group++)
        {
            MergeProducts(group);
            SlopeOf(group, ProductsOfUnit(group, 0), _numbers[group], out _slopes[group]);
        }
    }

    /// <summary>Leaves the sums of a group's units one after the other, where the chunks of the first unit were.</summary>
    private void MergeProducts(int group)
    {
        var first = ProductsOfUnit(group, 0);
        for (var unit = 0; unit < _geometry.UnitsOfGroup; unit++)
        {
            var sums = ProductsOfUnit(group, unit);
            var total = sums[0];
            for (var chunk = 1; chunk < _chunksOfUnit; chunk++)
            {
                total.Add(sums[chunk]);
            }

            first[unit] = total;
        }
    }

    private void ShareOfHints(int part, int parts)
    {
        var items = _geometry.Groups * _geometry.UnitsOfGroup * _chunksOfUnit;
        var (first, end) = Share(items, part, parts);
        for (var item = first; item < end; item++)
        {
            var (unit, chunk) = Math.DivRem(item, _chunksOfUnit);
            var (group, inGroup) = Math.DivRem(unit, _geometry.UnitsOfGroup);
            var stretch = new Chunks(_geometry.Unit(group, inGroup))[chunk];
            var at = ((nint)group * _momentsOfGroup) + (inGroup * _chunksOfUnit) + chunk;
            Gather(stretch, Hint(group), Ahead.Nothing, out _moments[at], out _sums[item]);
        }
    }

    private void ShareOfMoments(int part, int parts)
    {
        var (first, end) = Share(_geometry.Groups * _chunksOfGroup, part, parts);
        for (var item = first; item < end; item++)
        {
            var (group, chunk) = Math.DivRem(item, _chunksOfGroup);
            MomentsOf(
                new Chunks(_geometry.Group(group))[chunk],
                Ahead.Nothing,
                out _moments[((nint)group * _momentsOfGroup) + chunk]
            );
        }
    }

    private void ShareOfProducts(int part, int parts)
    {
        var items = _geometry.Groups * _geometry.UnitsOfGroup * _chunksOfUnit;
        var (first, end) = Share(items, part, parts);
        for (var item = first; item < end; item++)
        {
            var (unit, chunk) = Math.DivRem(item, _chunksOfUnit);
            var (group, inGroup) = Math.DivRem(unit, _geometry.UnitsOfGroup);
            var stretch = new Chunks(_geometry.Unit(group, inGroup))[chunk];
            ProductsOf(stretch, _numbers[group], Ahead.Nothing, out _sums[item]);
        }
    }

    /// <summary>From the last chunk to the first: what was read last is still in the cache.</summary>
    private void ShareOfOutput(int part, int parts)
    {
        var items = _geometry.Groups * _geometry.UnitsOfGroup * _chunksOfUnit;
        var (first, end) = Share(items, part, parts);
        for (var item = end - 1; item >= first; item--)
        {
            var (unit, chunk) = Math.DivRem(item, _chunksOfUnit);
            var (group, inGroup) = Math.DivRem(unit, _geometry.UnitsOfGroup);
            var stretch = new Chunks(_geometry.Unit(group, inGroup))[chunk];
            var numbers = _numbers[group];
            if (IsBackward)
            {
                Gradient(stretch, numbers, GammaOf(group, inGroup), _slopes[group], part);
            }
            else
            {
                Output(stretch, numbers, AffineOf(group, inGroup, numbers), part);
            }
        }
    }
}
