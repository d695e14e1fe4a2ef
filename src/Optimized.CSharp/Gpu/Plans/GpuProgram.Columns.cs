using NormCheck.Contract;
using NormCheck.Optimized.Plans;

namespace NormCheck.Optimized.Gpu.Plans;

/// <content>Groups of channels that lie side by side.</content>
internal sealed partial class GpuProgram
{
    private const string Sample = "column_sample";

    private void PlanColumns()
    {
        var geometry = new ColumnGeometry(_problem, Tier.Faithful);
        var channels = geometry.Channels;
        _additions = geometry.Additions;
        this[PlanNumber.IsColumns] = 1;
        this[PlanNumber.Channels] = channels;
        this[PlanNumber.Units] = geometry.ColumnsOfGroup;
        this[PlanNumber.Chunks] = geometry.ChunksOfMatrix;
        this[PlanNumber.Matrices] = geometry.Matrices;
        this[PlanNumber.TermRows] = geometry.Matrices;
        this[PlanNumber.Rows] = geometry.Rows;
        this[PlanNumber.RowsOfChunk] = geometry.RowsOfChunk;
        this[PlanNumber.SampleRows] = geometry.SampleRows;
        this[PlanNumber.GroupsOfMatrix] = geometry.GroupsOfMatrix;
        this[PlanNumber.LooksOnce] =
            !_variant.Compensates
            && _problem.Pass == NormPass.ForwardTraining
            && geometry.ChunksOfMatrix > 1
                ? 1
                : 0;
        var gathers = FindsMoments || NeedsSums;
        var sums = (long)GpuLayout.ColumnPlanes * channels * geometry.Matrices;
        this[PlanNumber.SumsAt] = Reserve(gathers ? sums * geometry.ChunksOfMatrix : 0);
        this[PlanNumber.MergedAt] = Reserve(gathers ? sums : 0);
        this[PlanNumber.TermsAt] = Reserve(
            IsBackward ? (long)geometry.Matrices * channels * GpuLayout.TermsSize : 0
        );
        AddColumnSteps(geometry, gathers, repeats: false);
        if (HasHints)
        {
            AddColumnSteps(geometry, gathers, repeats: true);
        }

        if (IsBackward && HasSlotGradients)
        {
            _steps.Add(GpuStep.ForEach("add_terms", channels));
        }

        AddElements(channels);
    }

    private void AddColumnSteps(ColumnGeometry geometry, bool gathers, bool repeats)
    {
        var groups = this[PlanNumber.Groups];
        if (!FindsMoments)
        {
            _steps.Add(GpuStep.ForEach("given_numbers", groups));
        }

        if (gathers)
        {
            var packs =
                (long)geometry.Matrices
                * Chunks.CeilingOf(geometry.Channels, Packs.PackSizes.Lanes);
            foreach (var kernel in ColumnSums(repeats))
            {
                var teams = kernel == Sample ? packs : packs * geometry.ChunksOfMatrix;
                _steps.Add(new(kernel, teams, GpuStep.ColumnTeam, repeats));
            }

            _steps.Add(
                GpuStep.ForEach(
                    "column_merge",
                    (long)geometry.Matrices * geometry.Channels,
                    repeats
                )
            );
        }

        if (FindsMoments)
        {
            _steps.Add(GpuStep.ForEach("column_finish", groups, repeats));
        }

        if (IsBackward)
        {
            _steps.Add(GpuStep.ForEach("column_slopes", groups, repeats));
        }
    }

    /// <summary>The kernels that add up chunks of columns. Products go before sums are made exact: their pivot is the mean of before.</summary>
    private IEnumerable<string> ColumnSums(bool repeats)
    {
        if (HasHints && !repeats)
        {
            yield return "column_gather";
        }
        else
        {
            if (this[PlanNumber.LooksOnce] != 0)
            {
                yield return Sample;
                yield return "column_look";
            }

            if (FindsMoments)
            {
                yield return "column_moments";
            }

            if (NeedsSums)
            {
                yield return "column_products";
            }
        }

        if (_variant.Watches && FindsMoments)
        {
            yield return "column_sum_again";
        }
    }
}
