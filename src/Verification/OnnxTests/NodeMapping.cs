using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>
/// What a node asks, as a problem: the operator's attributes with the standard's defaults, and which of its inputs and
/// outputs is which tensor. Source: the ONNX operator documents (docs/Operators.md, docs/Changelog.md).
/// </summary>
internal static class NodeMapping
{
    private const float DefaultEpsilon = 1e-5f;
    private const float DefaultMomentum = 0.9f;
    private const long StashFloat = (long)OnnxElement.Float;

    /// <summary>The tensors of a node by role: which input or output name each has.</summary>
    private sealed record Names(
        IReadOnlyDictionary<TensorRole, string> Inputs,
        IReadOnlyDictionary<TensorRole, string> Outputs
    );

    /// <exception cref="NotExpressibleException">It cannot be said as a problem.</exception>
    /// <exception cref="InputException">The tensors do not fit the node.</exception>
    public static (NormProblem Problem, TensorSet Inputs, TensorSet Expected) Map(
        OnnxNode node,
        long opset,
        IReadOnlyDictionary<string, OnnxTensor> inputs,
        IReadOnlyDictionary<string, OnnxTensor> outputs
    )
    {
        var x = Given(inputs, node.Input(0), "X");
        var version = NodeOperators.Version(node, opset);
        if (version == 0)
        {
            throw new NotExpressibleException(
                $"opset {opset} has no {node.Operator}: it came later"
            );
        }

        var common = new NormProblem
        {
            Op = NormOp.LayerNorm,
            Pass = NormPass.ForwardTraining,
            DType =
                x.Element.DType() ?? throw new NotExpressibleException($"element type {x.Element}"),
            Shape = x.Shape,
            Affine = AffineParts.None,
            Epsilon = node.Float("epsilon", DefaultEpsilon),
            Saved = false,
            Convention = Conventions.Get("onnx"),
        };
        var (problem, names) = node.Operator switch
        {
            NodeOperators.BatchNormalization => BatchNorm(node, version, common),
            NodeOperators.InstanceNormalization => InstanceNorm(node, version, common),
            NodeOperators.GroupNormalization => GroupNorm(node, version, common),
            NodeOperators.LayerNormalization => LayerNorm(node, common),
            NodeOperators.RmsNormalization => RmsNorm(node, common),
            _ => (MeanVariance(node, common), new Names(Roles(), Roles())),
        };
        problem = Validated(problem);
        return (
            problem,
            NodeTensors.Inputs(
                problem,
                With(names.Inputs, TensorRole.X, node.Input(0))
                    .ToDictionary(
                        pair => pair.Key,
                        pair => Given(inputs, pair.Value, pair.Key.Name())
                    )
            ),
            NodeTensors.Expected(
                problem,
                With(names.Outputs, TensorRole.Y, node.Output(0))
                    .ToDictionary(
                        pair => pair.Key,
                        pair => Given(outputs, pair.Value, pair.Key.Name())
                    )
            )
        );
    }

    /// <summary>
    /// 7, 9: inference with one output, training (of another form) with five. 14, 15: training_mode; running ←
    /// momentum·running + (1 − momentum)·batch, the variance with divisor m.
    /// </summary>
    private static (NormProblem, Names) BatchNorm(OnnxNode node, int version, NormProblem common)
    {
        Refuse(version < 7, $"version {version} has is_test and spatial attributes");
        Refuse(
            version == 7 && node.Int("spatial", 1) != 1,
            "statistics of every position (spatial=0)"
        );
        var training = version >= 14 && node.Int("training_mode", 0) != 0;
        Refuse(
            version < 14 && node.Outputs.Count > 1,
            $"version {version} trains with five outputs, two of them of no defined meaning"
        );
        var names = new Names(
            Roles(
                (TensorRole.Gamma, node.Input(1)),
                (TensorRole.Beta, node.Input(2)),
                (TensorRole.RunningMean, node.Input(3)),
                (TensorRole.RunningVar, node.Input(4))
            ),
            training
                ? Roles(
                    (TensorRole.RunningMean, node.Output(1)),
                    (TensorRole.RunningVar, node.Output(2))
                )
                : Roles()
        );
        return (
            common with
            {
                Op = NormOp.BatchNorm,
                Pass = training ? NormPass.ForwardTraining : NormPass.ForwardInference,
                Affine = AffineParts.Both,
                Momentum = 1 - (double)node.Float("momentum", DefaultMomentum),
            },
            names
        );
    }

    private static (NormProblem, Names) InstanceNorm(OnnxNode node, int version, NormProblem common)
    {
        Refuse(version < 6, "version 1 has consumed_inputs");
        return (common with { Op = NormOp.InstanceNorm, Affine = AffineParts.Both }, Affine(node));
    }

    /// <summary>18: scale and bias per group, everything in the element type. 21: per channel, with stash_type.</summary>
    private static (NormProblem, Names) GroupNorm(OnnxNode node, int version, NormProblem common)
    {
        Refuse(
            version == 18 && common.DType is DType.F16 or DType.BF16,
            $"version 18 computes in {common.DType.Word()} throughout"
        );
        if (version >= 21)
        {
            CheckStash(node, common.DType);
        }

        return (
            common with
            {
                Op = NormOp.GroupNorm,
                Groups = checked((int)node.Int("num_groups", 0)),
                Affine = AffineParts.Both,
                Convention = Conventions.Get(version == 18 ? "onnx-gn18" : "onnx"),
            },
            Affine(node)
        );
    }

    /// <summary>Outputs Mean and InvStdDev, both optional, are the saved statistics.</summary>
    private static (NormProblem, Names) LayerNorm(OnnxNode node, NormProblem common)
    {
        CheckStash(node, common.DType);
        var outputs = Roles(
            (TensorRole.SavedMean, node.Output(1)),
            (TensorRole.SavedInvStd, node.Output(2))
        );
        return (
            common with
            {
                Axis = Axis(node.Int("axis", -1), common.Rank),
                Affine = node.Input(2).Length > 0 ? AffineParts.Both : AffineParts.Scale,
                Saved = outputs.Count > 0,
            },
            Affine(node) with
            {
                Outputs = outputs,
            }
        );
    }

    private static (NormProblem, Names) RmsNorm(OnnxNode node, NormProblem common)
    {
        CheckStash(node, common.DType);
        return (
            common with
            {
                Op = NormOp.RmsNorm,
                Axis = Axis(node.Int("axis", -1), common.Rank),
                Affine = AffineParts.Scale,
            },
            Affine(node)
        );
    }

    /// <summary>
    /// The mean and variance over any axes (default 0, 2, 3). A norm here is what leaves out the channels (batch norm in
    /// training), samples and channels (instance norm), or leading axes (layer norm).
    /// </summary>
    private static NormProblem MeanVariance(OnnxNode node, NormProblem common)
    {
        var convention = Conventions.Get("onnx-mvn");
        var rank = common.Rank;
        var axes = node.Ints("axes", [0, 2, 3]).Select(axis => Axis(axis, rank)).Order().ToArray();
        var problem = common with { Convention = convention, Epsilon = convention.DefaultEpsilon };
        var positions = Enumerable.Range(2, Math.Max(rank - 2, 0)).ToArray();
        return axes.SequenceEqual([0, .. positions])
                ? problem with
                {
                    Op = NormOp.BatchNorm,
                    Running = false,
                }
            : axes.SequenceEqual(positions) ? problem with { Op = NormOp.InstanceNorm }
            : axes.Length > 0 && axes.SequenceEqual(Enumerable.Range(axes[0], rank - axes[0]))
                ? problem with
                {
                    Axis = axes[0],
                }
            : throw new NotExpressibleException(
                $"statistics over the axes [{string.Join(", ", axes)}] of {rank}"
            );
    }

    private static Names Affine(OnnxNode node) =>
        new(Roles((TensorRole.Gamma, node.Input(1)), (TensorRole.Beta, node.Input(2))), Roles());

    /// <summary>Only what the node has: a name that is empty is left out.</summary>
    private static Dictionary<TensorRole, string> Roles(
        params (TensorRole Role, string Name)[] names
    ) =>
        names
            .Where(each => each.Name.Length > 0)
            .ToDictionary(each => each.Role, each => each.Name);

    private static Dictionary<TensorRole, string> With(
        IReadOnlyDictionary<TensorRole, string> names,
        TensorRole role,
        string name
    ) => new(names) { [role] = name };

    /// <summary>
    /// stash_type is the type of the statistics. NormCheck's are binary64 for f64 data and binary32 otherwise.
    /// </summary>
    private static void CheckStash(OnnxNode node, DType dtype)
    {
        var stash = node.Int("stash_type", StashFloat);
        var ours = dtype == DType.F64 ? OnnxElement.Double : OnnxElement.Float;
        Refuse(
            stash != (long)ours,
            $"stash_type={stash}: statistics of {dtype.Word()} data in {(OnnxElement)stash}, expected {ours}"
        );
    }

    private static int Axis(long axis, int rank) =>
        axis >= -rank && axis < rank
            ? (int)(axis < 0 ? axis + rank : axis)
            : throw new InputException(
                $"expected an axis between {-rank} and {rank - 1}, got {axis}"
            );

    private static NormProblem Validated(NormProblem problem)
    {
        try
        {
            return problem.Validated();
        }
        catch (InputException error)
        {
            throw new NotExpressibleException(error.Message);
        }
    }

    private static OnnxTensor Given(
        IReadOnlyDictionary<string, OnnxTensor> tensors,
        string name,
        string what
    ) =>
        tensors.TryGetValue(name, out var tensor)
            ? tensor
            : throw new InputException(
                $"expected a file for '{name}' ({what}), it is missing: there are {string.Join(", ", tensors.Keys)}"
            );

    private static void Refuse(bool refused, string reason)
    {
        if (refused)
        {
            throw new NotExpressibleException(reason);
        }
    }
}
