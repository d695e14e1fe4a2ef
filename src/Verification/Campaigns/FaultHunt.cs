using NormCheck.Verification.Cases;

namespace NormCheck.Verification.Campaigns;

/// <summary>A kernel that is known to be wrong.</summary>
/// <param name="Subject">The kernel, and the contract that it claims and breaks.</param>
/// <param name="Class">Its class of mistakes.</param>
/// <param name="Story">What it does wrong.</param>
public sealed record Quarry(Subject Subject, string Class, string Story);

/// <summary>How a wrong kernel was found out.</summary>
/// <param name="Quarry">Which kernel.</param>
/// <param name="By">What found it: a status (Wrong means the oracle), a law.</param>
/// <param name="Cause">The id of the cause that the diagnosis names.</param>
/// <param name="Cases">Cases up to and including the one that did.</param>
/// <param name="Milliseconds">Time up to then, on one thread.</param>
/// <param name="Case">The case.</param>
/// <param name="Detail">What it shows.</param>
public sealed record Kill(
    Quarry Quarry,
    string By,
    string Cause,
    long Cases,
    double Milliseconds,
    string Case,
    string Detail
)
{
    /// <summary>What stands for the killer where there is none.</summary>
    public const string Nobody = "";

    public bool Survived => By == Nobody;
}

/// <summary>
/// Runs the campaign that <c>verify</c> runs on kernels that are wrong, each until something is found. A survivor is a
/// hole in this suite.
/// </summary>
public sealed class FaultHunt(IReadOnlyList<Quarry> quarries, ulong seed)
{
    private int _done;

    /// <summary>Called after each fault with the number done.</summary>
    public Action<int>? Progress { get; init; }

    /// <param name="most">Cases after which a fault counts as a survivor.</param>
    /// <param name="workers">Faults that are run side by side.</param>
    public IReadOnlyList<Kill> Run(long most, int workers)
    {
        var kills = new Kill[quarries.Count];
        Parallel.For(
            0,
            quarries.Count,
            new ParallelOptions { MaxDegreeOfParallelism = workers },
            index =>
            {
                kills[index] = Hunt(quarries[index], most);
                Progress?.Invoke(Interlocked.Increment(ref _done));
            }
        );
        return kills;
    }

    private Kill Hunt(Quarry quarry, long most)
    {
        var subject = quarry.Subject;
        var report = new Campaign(
            subject.Start,
            new CampaignOptions
            {
                Level = subject.Level,
                Selection = new CaseSelection { Strides = true },
                Cases = most,
                Seed = seed,
                Workers = 1,
                FailFast = true,
                ShrinkTries = 0,
                Another = subject.Start,
            }
        ).Run(subject.Id, "");
        return report.Findings.FirstOrDefault() is { } finding
            ? new(
                quarry,
                finding.Status,
                finding.Cause.Id,
                finding.FirstIndex + 1,
                report.HuntedFor.TotalMilliseconds,
                finding.FirstCase,
                finding.Detail
            )
            : new(
                quarry,
                Kill.Nobody,
                "",
                report.Cases,
                report.HuntedFor.TotalMilliseconds,
                "",
                report.Stopped
            );
    }
}
