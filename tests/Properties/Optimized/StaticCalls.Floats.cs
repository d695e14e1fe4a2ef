using NormCheck.Contract;
using NormCheck.Optimized;

namespace NormCheck.Properties.Optimized;

internal static partial class StaticCalls
{
    private readonly ref struct OfFloats<T>(
        NormProblem problem,
        TensorSet tensors,
        Tier tier,
        int threads
    )
        where T : unmanaged
    {
        public void Run()
        {
            var shape = problem.Op.HasChannels() ? ShapeOf(problem) : default;
            var (rows, length) = RowsOf(problem);
            var (groups, epsilon, momentum) = (problem.Groups, problem.Epsilon, problem.Momentum);
            var (rMax, dMax) = (problem.RMax, problem.DMax);
            var unbiased = problem.Convention.Name != "population";
            var (x, y, dy, dx) = (TensorRole.X, TensorRole.Y, TensorRole.Dy, TensorRole.Dx);
            switch (problem.Op, problem.Pass)
            {
                case (NormOp.LayerNorm, NormPass.ForwardTraining):
                    LayerNorm.Forward(
                        Data(x),
                        Data(y),
                        rows,
                        length,
                        Gamma,
                        Beta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.LayerNorm, NormPass.BackwardTraining):
                    LayerNorm.Backward(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        rows,
                        length,
                        Gamma,
                        DGamma,
                        DBeta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.RmsNorm, NormPass.ForwardTraining):
                    RmsNorm.Forward(
                        Data(x),
                        Data(y),
                        rows,
                        length,
                        Gamma,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.RmsNorm, NormPass.BackwardTraining):
                    RmsNorm.Backward(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        rows,
                        length,
                        Gamma,
                        DGamma,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.InstanceNorm, NormPass.ForwardTraining):
                    InstanceNorm.Forward(
                        Data(x),
                        Data(y),
                        shape,
                        Gamma,
                        Beta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.InstanceNorm, NormPass.BackwardTraining):
                    InstanceNorm.Backward(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        shape,
                        Gamma,
                        DGamma,
                        DBeta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.GroupNorm, NormPass.ForwardTraining):
                    GroupNorm.Forward(
                        Data(x),
                        Data(y),
                        shape,
                        groups,
                        Gamma,
                        Beta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.GroupNorm, NormPass.BackwardTraining):
                    GroupNorm.Backward(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        shape,
                        groups,
                        Gamma,
                        DGamma,
                        DBeta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchNorm, NormPass.ForwardTraining):
                    BatchNorm.ForwardTraining(
                        Data(x),
                        Data(y),
                        shape,
                        Gamma,
                        Beta,
                        RunningMean,
                        RunningVar,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        momentum,
                        unbiased,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchNorm, NormPass.ForwardInference):
                    BatchNorm.ForwardInference(
                        Data(x),
                        Data(y),
                        shape,
                        RunningMean,
                        RunningVar,
                        Gamma,
                        Beta,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchNorm, NormPass.BackwardTraining):
                    BatchNorm.BackwardTraining(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        shape,
                        Gamma,
                        DGamma,
                        DBeta,
                        SavedMean,
                        SavedInvStd,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchNorm, NormPass.BackwardInference):
                    BatchNorm.BackwardInference(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        shape,
                        RunningMean,
                        RunningVar,
                        Gamma,
                        DGamma,
                        DBeta,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchRenorm, NormPass.ForwardTraining):
                    BatchRenorm.ForwardTraining(
                        Data(x),
                        Data(y),
                        shape,
                        RunningMean,
                        RunningStd,
                        Gamma,
                        Beta,
                        SavedMean,
                        SavedInvStd,
                        rMax,
                        dMax,
                        epsilon,
                        momentum,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchRenorm, NormPass.ForwardInference):
                    BatchRenorm.ForwardInference(
                        Data(x),
                        Data(y),
                        shape,
                        RunningMean,
                        RunningStd,
                        Gamma,
                        Beta,
                        tier,
                        threads
                    );
                    break;
                case (NormOp.BatchRenorm, NormPass.BackwardTraining):
                    BatchRenorm.BackwardTraining(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        shape,
                        RunningMean,
                        RunningStd,
                        Gamma,
                        DGamma,
                        DBeta,
                        SavedMean,
                        SavedInvStd,
                        rMax,
                        dMax,
                        epsilon,
                        tier,
                        threads
                    );
                    break;
                default:
                    BatchRenorm.BackwardInference(
                        Data(x),
                        Data(dy),
                        Data(dx),
                        shape,
                        RunningMean,
                        RunningStd,
                        Gamma,
                        DGamma,
                        DBeta,
                        tier,
                        threads
                    );
                    break;
            }
        }

        private Span<T> Data(TensorRole role) => Bits.Of<T>(tensors, role);

        private Span<float> Gamma => Bits.Of<float>(tensors, TensorRole.Gamma);

        private Span<float> Beta => Bits.Of<float>(tensors, TensorRole.Beta);

        private Span<float> DGamma => Bits.Of<float>(tensors, TensorRole.DGamma);

        private Span<float> DBeta => Bits.Of<float>(tensors, TensorRole.DBeta);

        private Span<float> RunningMean => Bits.Of<float>(tensors, TensorRole.RunningMean);

        private Span<float> RunningVar => Bits.Of<float>(tensors, TensorRole.RunningVar);

        private Span<float> RunningStd => Bits.Of<float>(tensors, TensorRole.RunningStd);

        private Span<float> SavedMean => Bits.Of<float>(tensors, TensorRole.SavedMean);

        private Span<float> SavedInvStd => Bits.Of<float>(tensors, TensorRole.SavedInvStd);
    }
}
