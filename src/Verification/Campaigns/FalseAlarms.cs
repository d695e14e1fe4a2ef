using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Verification.Campaigns;

/// <summary>A kernel that is known to be correct, with the strongest contract it should meet.</summary>
public sealed record Subject(string Id, ContractLevel Level, Func<INormBackend> Start);

/// <summary>A correct kernel that was rejected: a fault of this suite.</summary>
public sealed record FalseAlarm(string Subject, string Case, string Detail);

/// <summary>How near correct kernels come to the bound.</summary>
/// <param name="Subject">Which kernel.</param>
/// <param name="Op">In which op.</param>
/// <param name="Runs">Number of cases it was run on.</param>
/// <param name="WorstRatio">Largest error/bound on f32 and f64 data, where the rounding of the output does not hide it.</param>
/// <param name="WorstCase">The case that has it.</param>
public sealed record Nearness(
    string Subject,
    NormOp Op,
    long Runs,
    double WorstRatio,
    string WorstCase
)
{
    /// <summary>A search should bring some correct kernel at least this near to the bound (1 is at it).</summary>
    public const double Tight = 0.1;
}

/// <summary>
/// Runs many correct kernels over the same random cases, each judged under its own contract. One rejection means that the
/// bound, the reference or a kernel is wrong.
/// </summary>
public sealed class FalseAlarms(
    IReadOnlyList<Subject> subjects,
    CaseSelection selection,
    ulong seed
)
{
    private readonly Lock _lock = new();
    private readonly List<FalseAlarm> _alarms = [];
    private readonly Dictionary<(string, NormOp), Nearness> _nearness = [];
    private long _next;
    private long _done;

    /// <summary>Called now and then with the number of cases done.</summary>
    public Action<long>? Progress { get; init; }

    public IReadOnlyList<FalseAlarm> Alarms => _alarms;

    public IReadOnlyList<Nearness> Nearest =>
        [.. _nearness.Values.OrderBy(each => each.Op).ThenByDescending(each => each.WorstRatio)];

    public void Run(long cases, int workers)
    {
        Task.WaitAll([.. Enumerable.Range(0, workers).Select(_ => Task.Run(() => Work(cases)))]);
    }

    private void Work(long cases)
    {
        var generator = new CaseGenerator(selection, seed);
        var started = subjects
            .Select(subject => (Subject: subject, Backend: subject.Start()))
            .ToArray();
        for (
            var index = Interlocked.Increment(ref _next) - 1;
            index < cases;
            index = Interlocked.Increment(ref _next) - 1
        )
        {
            RunOne(generator[index], started);
            var done = Interlocked.Increment(ref _done);
            if (done % 64 == 0 || done == cases)
            {
                Progress?.Invoke(done);
            }
        }

        foreach (var (_, backend) in started)
        {
            backend.Dispose();
        }
    }

    private void RunOne(Case @case, (Subject Subject, INormBackend Backend)[] started)
    {
        var problem = @case.Problem;
        var inputs = CaseData.Build(@case);
        var expected = new Dictionary<ContractLevel, IReadOnlyDictionary<TensorRole, Expected[]>>();
        foreach (var (subject, backend) in started)
        {
            if (backend.Refuses(problem) is not null)
            {
                continue;
            }

            if (!expected.TryGetValue(subject.Level, out var wanted))
            {
                expected[subject.Level] = wanted = Oracle.Expect(problem, inputs, subject.Level);
            }

            var outputs = inputs.Clone();
            var outcome = backend.Run(problem, outputs);
            var verdict = OutputJudge.Decide(problem, outputs, wanted, subject.Level);
            Record(subject, @case, new CaseResult(@case, outcome, verdict, inputs, outputs));
        }
    }

    private void Record(Subject subject, Case @case, CaseResult result)
    {
        lock (_lock)
        {
            if (result.Failed)
            {
                _alarms.Add(new(subject.Id, @case.Text, Detail.Of(result)));
                return;
            }

            var key = (subject.Id, @case.Problem.Op);
            var ratio = @case.Problem.DType is DType.F32 or DType.F64 ? result.Verdict!.Ratio : 0;
            var known = _nearness.GetValueOrDefault(
                key,
                new(subject.Id, @case.Problem.Op, 0, 0, "")
            );
            _nearness[key] =
                ratio > known.WorstRatio
                    ? known with
                    {
                        Runs = known.Runs + 1,
                        WorstRatio = ratio,
                        WorstCase = @case.Text,
                    }
                    : known with
                    {
                        Runs = known.Runs + 1,
                    };
        }
    }
}
