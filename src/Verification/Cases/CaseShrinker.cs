using System.Collections.Immutable;
using NormCheck.Contract;

namespace NormCheck.Verification.Cases;

/// <summary>
/// Simpler neighbours of a case, the greatest simplifications first: fewer elements, then a plainer problem, then values
/// written out, then plainer values. Every candidate is a valid case.
/// </summary>
public static class CaseShrinker
{
    /// <summary>Cases of at most so many elements get their values written out.</summary>
    public const int LiteralLimit = 64;

    public static IEnumerable<Case> Shrink(Case @case)
    {
        var candidates = @case.Values.IsEmpty
            ? ShrinkShape(@case).Concat(ShrinkProblem(@case)).Concat(WriteOut(@case))
            : ShrinkProblem(@case).Concat(ValueShrinker.Shrink(@case));
        foreach (var candidate in candidates)
        {
            if (IsValid(candidate, out var valid) && !valid.Equals(@case))
            {
                yield return valid;
            }
        }
    }

    private static bool IsValid(Case candidate, out Case valid)
    {
        try
        {
            valid = candidate with { Problem = candidate.Problem.Validated() };
            return true;
        }
        catch (InputException)
        {
            valid = candidate;
            return false;
        }
    }

    private static IEnumerable<Case> ShrinkShape(Case @case)
    {
        var problem = @case.Problem;
        var extents = problem.Shape.Extents;
        for (var axis = 0; axis < extents.Length; axis++)
        {
            var extent = extents[axis];
            var isChannels = axis == 1 && problem.Op == NormOp.GroupNorm;
            var step = isChannels ? problem.Groups : 1;
            foreach (var smaller in Smaller(extent / step))
            {
                yield return With(
                    @case,
                    problem with
                    {
                        Shape = new Shape([.. extents.SetItem(axis, smaller * step)]),
                    }
                );
            }
        }

        // Fewer groups of the same size.
        if (problem.Op == NormOp.GroupNorm)
        {
            foreach (var groups in Smaller(problem.Groups))
            {
                var channels = problem.Channels / problem.Groups * groups;
                yield return With(
                    @case,
                    problem with
                    {
                        Groups = groups,
                        Shape = new Shape([.. extents.SetItem(1, channels)]),
                    }
                );
            }
        }

        // Without an axis of extent 1.
        for (var axis = problem.Op.HasChannels() ? 2 : 0; axis < extents.Length; axis++)
        {
            if (extents[axis] == 1 && extents.Length > NormProblem.MinRank)
            {
                var first = axis < problem.Axis ? problem.Axis - 1 : problem.Axis;
                yield return With(
                    @case,
                    problem with
                    {
                        Shape = new Shape([.. extents.RemoveAt(axis)]),
                        Axis = problem.Op.HasChannels() ? 0 : Math.Min(first, extents.Length - 2),
                    }
                );
            }
        }
    }

    private static IEnumerable<Case> ShrinkProblem(Case @case)
    {
        var problem = @case.Problem;
        if (problem.Affine != AffineParts.None)
        {
            yield return With(@case, problem with { Affine = AffineParts.None });
            yield return With(@case, problem with { Affine = problem.Affine & AffineParts.Scale });
            yield return With(@case, problem with { Affine = problem.Affine & AffineParts.Shift });
        }

        if (problem.Saved)
        {
            yield return With(@case, problem with { Saved = false });
        }

        if (problem.Op == NormOp.BatchNorm && problem.Running)
        {
            yield return With(@case, problem with { Running = false });
        }

        if (problem.GradientLayout is not null)
        {
            yield return With(@case, problem with { GradientLayout = null });
        }

        if (problem.Epsilon != problem.Convention.DefaultEpsilon)
        {
            yield return With(@case, problem with { Epsilon = problem.Convention.DefaultEpsilon });
        }

        if (problem.Momentum != problem.Convention.DefaultMomentum)
        {
            yield return With(
                @case,
                problem with
                {
                    Momentum = problem.Convention.DefaultMomentum,
                }
            );
        }

        if (double.IsFinite(problem.RMax))
        {
            yield return With(@case, problem with { RMax = double.PositiveInfinity });
        }

        if (double.IsFinite(problem.DMax))
        {
            yield return With(@case, problem with { DMax = double.PositiveInfinity });
        }

        if (@case.Values.IsEmpty && @case.Data != DataSpec.Normal)
        {
            yield return @case with
            {
                Data = DataSpec.Normal,
            };
        }
    }

    /// <summary>The same input with every drawn value written into the text.</summary>
    private static IEnumerable<Case> WriteOut(Case @case)
    {
        if (@case.Problem.Shape.Count > LiteralLimit)
        {
            yield break;
        }

        var tensors = CaseData.Build(@case);
        var values = @case.Values;
        foreach (var spec in TensorPlan.For(@case.Problem).Where(spec => spec.IsInput))
        {
            if (spec.Role is not (TensorRole.SavedMean or TensorRole.SavedInvStd))
            {
                values = values.SetItem(spec.Role, [.. tensors.Require(spec.Role).ToDoubles()]);
            }
        }

        yield return @case with
        {
            Values = values,
            Data = DataSpec.Normal,
            Seed = 0,
        };
    }

    /// <summary>The case with another problem; values of tensors that it no longer reads are dropped.</summary>
    internal static Case With(Case @case, NormProblem problem)
    {
        if (@case.Values.IsEmpty)
        {
            return @case with { Problem = problem };
        }

        var inputs = TensorPlan
            .For(problem)
            .Where(spec => spec.IsInput)
            .Select(spec => spec.Role)
            .ToHashSet();
        return @case with
        {
            Problem = problem,
            Values = @case.Values.RemoveRange(
                @case.Values.Keys.Where(role => !inputs.Contains(role))
            ),
        };
    }

    /// <summary>1, then halves, then one less.</summary>
    private static IEnumerable<int> Smaller(int value)
    {
        if (value <= 1)
        {
            yield break;
        }

        yield return 1;
        for (var half = value / 2; half > 1; half /= 2)
        {
            yield return value - half;
            yield return half;
        }

        if (value > 2)
        {
            yield return value - 1;
        }
    }
}
