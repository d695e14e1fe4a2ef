using FsCheck;
using FsCheck.Fluent;
using NormCheck.Verification.Cases;

namespace NormCheck.Properties;

/// <summary>Runs FsCheck properties from plain xunit facts; a failure prints the seed that replays it.</summary>
internal static class Run
{
    /// <summary>Many times more cases where NORMCHECK_DEPTH says so (the long runs of .ci/run), 1 by default.</summary>
    public static int Depth { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("NORMCHECK_DEPTH"), out var depth)
            ? depth
            : 1;

    /// <summary>The same cases in every run, so that a failure is a failure; NORMCHECK_SEED draws others.</summary>
    public static ulong Seed { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("NORMCHECK_SEED"), out var seed)
            ? seed
            : 71;

    public static void Property(int cases, Property property) =>
        Check.One(
            Config
                .QuickThrowOnFailure.WithMaxTest(cases * Depth)
                .WithQuietOnSuccess(true)
                .WithReplay(Seed, 71),
            property
        );

    /// <summary>For every case of a selection; the case text is printed on failure.</summary>
    public static void ForCases(int cases, CaseSelection selection, Action<Case> check) =>
        Property(
            cases,
            Prop.ForAll(
                CaseArbitrary.For(selection),
                @case =>
                {
                    check(@case);
                    return true;
                }
            )
        );
}
