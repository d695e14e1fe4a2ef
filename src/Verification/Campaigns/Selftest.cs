using System.Diagnostics;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Verification.Campaigns;

/// <summary>A part of the self-test.</summary>
public enum SelftestPart
{
    /// <summary>Every fault is found.</summary>
    Faults,

    /// <summary>Which laws find which faults.</summary>
    Matrix,

    /// <summary>No correct variant is rejected.</summary>
    Variants,

    /// <summary>No law accuses a correct variant.</summary>
    Laws,

    /// <summary>A search brings a correct kernel near the bound.</summary>
    Climb,
}

/// <summary>Measures the suite itself: kernels known to be wrong must be found, kernels known to be right must pass.</summary>
public sealed class Selftest(SelftestOptions options)
{
    private static readonly int s_workers = Environment.ProcessorCount;

    /// <summary>Called now and then with what is going on and how much of it is done.</summary>
    public Action<SelftestPart, double>? Progress { get; init; }

    public static IReadOnlyList<Quarry> Quarries { get; } =
    [
        .. FaultCatalogue.All.Select(fault => new Quarry(
            new(
                fault.Id,
                ContractLevels.Parse(fault.Contract),
                () => new GuardedBackend(fault.Start())
            ),
            fault.Class.ToString(),
            fault.Story
        )),
    ];

    public static IReadOnlyList<Subject> Variants { get; } =
    [
        .. VariantCatalogue.All.Select(variant => new Subject(
            variant.Id,
            ContractLevels.Parse(variant.Contract),
            variant.Start
        )),
    ];

    public SelftestReport Run(IReadOnlyCollection<SelftestPart> parts)
    {
        var clock = Stopwatch.StartNew();
        var report = new SelftestReport { Options = options };
        if (parts.Contains(SelftestPart.Faults))
        {
            WarmUp();
            report = report with { Kills = Hunt() };
        }

        if (parts.Contains(SelftestPart.Matrix))
        {
            report = report with { Matrix = Matrix() };
        }

        if (parts.Contains(SelftestPart.Variants))
        {
            var alarms = new FalseAlarms(Variants, Everything, options.Seed)
            {
                Progress = done =>
                    Progress?.Invoke(SelftestPart.Variants, done / (double)options.Cases),
            };
            alarms.Run(options.Cases, s_workers);
            report = report with { Alarms = alarms.Alarms, Nearest = alarms.Nearest };
        }

        if (parts.Contains(SelftestPart.Laws))
        {
            report = report with { Lawful = Lawful() };
        }

        if (parts.Contains(SelftestPart.Climb))
        {
            report = report with { Climbs = Climbs() };
        }

        return report with
        {
            Elapsed = clock.Elapsed,
        };
    }

    private static CaseSelection Everything => new() { Strides = true };

    /// <summary>What is compiled while the first fault is hunted is no part of the time that it takes.</summary>
    private static void WarmUp() =>
        new FaultHunt(
            [.. Variants.Take(1).Select(subject => new Quarry(subject, "", ""))],
            seed: 0
        ).Run(300, 1);

    private IReadOnlyList<Kill> Hunt() =>
        new FaultHunt(Quarries, options.Seed)
        {
            Progress = done => Progress?.Invoke(SelftestPart.Faults, done / (double)Quarries.Count),
        }.Run(options.FaultCases, s_workers);

    private IReadOnlyList<LawRow> Matrix() =>
        new LawMatrix(
            [.. Quarries.Select(quarry => quarry.Subject)],
            LawCatalogue.All,
            Everything,
            options.Seed
        )
        {
            Progress = done => Progress?.Invoke(SelftestPart.Matrix, done / (double)Quarries.Count),
        }.Run(options.MatrixCases, s_workers);

    private IReadOnlyList<LawRow> Lawful() =>
        new LawMatrix(Variants, LawCatalogue.All, Everything, options.Seed)
        {
            Exhaustive = true,
            Progress = done => Progress?.Invoke(SelftestPart.Laws, done / (double)Variants.Count),
        }.Run(1, s_workers);

    /// <summary>For every op, how near a climbing search brings the plain sequential variant to the bound.</summary>
    private IReadOnlyList<ClimbReport> Climbs()
    {
        var sequential = Variants.First(subject => subject.Id == "sequential");
        var climbs = new ClimbReport[NormOps.All.Count];
        var done = 0;
        Parallel.For(
            0,
            climbs.Length,
            new ParallelOptions { MaxDegreeOfParallelism = s_workers },
            index =>
            {
                using var backend = sequential.Start();
                var op = NormOps.All[index];
                var result = new Climb(
                    candidate => Ratio(CaseRunner.Run(backend, candidate, sequential.Level)),
                    new CaseSelection { Ops = [op], DTypes = [DType.F32] },
                    options.Seed
                ).Run(options.Climb);
                climbs[index] = new(op, result.Runs, result.Ratio, result.Case);
                Progress?.Invoke(
                    SelftestPart.Climb,
                    Interlocked.Increment(ref done) / (double)climbs.Length
                );
            }
        );
        return climbs;
    }

    private static double Ratio(CaseResult result) =>
        result.Declined ? 0
        : result.Outcome.IsFinding ? double.PositiveInfinity
        : result.Verdict!.Ratio;
}
