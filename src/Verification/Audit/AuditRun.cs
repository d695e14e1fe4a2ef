using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Audit;

/// <summary>
/// Runs wrong and correct kernels through a fixed tolerance. The expected value is the truth, rounded once: no suite has a
/// better one, so what passes here passes there.
/// </summary>
public static class AuditRun
{
    /// <summary>By its bound an output that is no norm is looked at; kernels claim a contract of their own.</summary>
    private const ContractLevel Default = ContractLevel.AnyOrder;

    public static AuditReport Run(
        AuditPreset preset,
        IReadOnlyList<AuditSubject> faults,
        IReadOnlyList<AuditSubject> variants,
        int trials,
        ulong seed
    )
    {
        var wrong = faults.Select(fault => new Running(fault)).ToArray();
        var right = variants.Select(variant => new Running(variant)).ToArray();
        var trivial = new Dictionary<string, AuditedTrivial>();
        var rules = new List<string>();
        for (var number = 0; number < trials; number++)
        {
            var trial = new Trial(preset, preset.Trial(number, seed));
            if (number == 0)
            {
                rules.AddRange(trial.Rules);
            }

            foreach (var running in wrong.Concat(right))
            {
                running.Take(trial);
            }

            foreach (var (description, accepted, within) in trial.Trivial(preset.Nominal))
            {
                var known = trivial.GetValueOrDefault(description, new(description, 0, 0, 0));
                trivial[description] = known with
                {
                    Trials = known.Trials + 1,
                    Accepted = known.Accepted + (accepted ? 1 : 0),
                    Within = known.Within + (within ? 1 : 0),
                };
            }
        }

        var audited = wrong.Select(running => running.Finish()).ToArray();
        return new AuditReport
        {
            Preset = preset,
            Seed = seed,
            Trials = trials,
            Rules = rules,
            Faults = [.. audited.Where(each => each.Trials > 0)],
            Elsewhere = audited.Count(each => each.Trials == 0),
            Variants =
            [
                .. right.Select(running => running.Finish()).Where(each => each.Trials > 0),
            ],
            Trivial = [.. trivial.Values],
        };
    }

    /// <summary>A kernel that is alive from the first trial to the last, as in a process of tests.</summary>
    private sealed class Running(AuditSubject subject)
    {
        private readonly INormBackend _backend = subject.Start();
        private int _trials;
        private int _accepted;
        private int _violations;

        public void Take(Trial trial)
        {
            if (_backend.Refuses(trial.Problem) is not null)
            {
                return;
            }

            var call = AuditCall.Make(_backend, trial.Problem, trial.Inputs);
            _trials++;
            _accepted += call.Completed && trial.Accepts(call.Outputs) ? 1 : 0;
            _violations +=
                !call.Completed || call.Trespassed || !trial.Holds(call.Outputs, subject.Level)
                    ? 1
                    : 0;
        }

        public AuditedKernel Finish()
        {
            _backend.Dispose();
            return new(subject.Id, subject.Story, _trials, _accepted, _violations);
        }
    }

    /// <summary>One set of inputs with what this suite and the audited one expect of the outputs.</summary>
    private sealed class Trial
    {
        private readonly TensorSpec[] _outputs;
        private readonly Dictionary<
            ContractLevel,
            IReadOnlyDictionary<TensorRole, Expected[]>
        > _bounds = [];
        private readonly List<(
            TensorSpec Spec,
            FixedTolerance Tolerance,
            double[] Expected
        )> _compared;

        public Trial(AuditPreset preset, Case @case)
        {
            Problem = @case.Problem;
            Inputs = CaseData.Build(@case);
            _outputs = [.. TensorPlan.For(Problem).Where(spec => spec.IsOutput)];
            var truth = Reference.Reference.DoubleDouble(Problem, Inputs);
            _compared = [];
            foreach (var spec in _outputs)
            {
                if (preset.Comparison(Problem, Inputs, spec.Role) is { } tolerance)
                {
                    double[] values = [.. truth[spec.Role].Select(each => each.ToFloat())];
                    _compared.Add((spec, tolerance, Rounded(spec, values)));
                }
            }
        }

        public NormProblem Problem { get; }

        public TensorSet Inputs { get; }

        public IEnumerable<string> Rules =>
            _compared.Select(each => $"{each.Spec.Role.Name()}: {each.Tolerance.Text}");

        public bool Accepts(TensorSet outputs) =>
            _compared.All(each =>
                outputs[each.Spec.Role] is { } tensor
                && each.Tolerance.Accepts(tensor.ToDoubles(), each.Expected)
            );

        public bool Holds(TensorSet outputs, ContractLevel level)
        {
            if (!_bounds.TryGetValue(level, out var bounds))
            {
                _bounds[level] = bounds = Oracle.Expect(Problem, Inputs, level);
            }

            return OutputJudge.Decide(Problem, outputs, bounds, level).Holds;
        }

        public IEnumerable<(string Description, bool Accepted, bool Within)> Trivial(
            (double Mean, double Variance) nominal
        )
        {
            foreach (var (description, values) in TrivialOutputs.Of(Problem, Inputs, nominal))
            {
                var outputs = Inputs.Clone();
                foreach (var spec in _outputs)
                {
                    outputs.Require(spec.Role).CopyFrom(values(spec));
                }

                yield return (description, Accepts(outputs), Holds(outputs, Default));
            }
        }

        private static double[] Rounded(TensorSpec spec, double[] values)
        {
            var tensor = new Tensor(spec.DType, spec.Shape);
            tensor.CopyFrom(values);
            return tensor.ToDoubles();
        }
    }
}
