namespace NormCheck.Verification.Laws;

/// <summary>Tries a law on a bench. A law that throws over what a backend answered is broken by it.</summary>
public static class LawRunner
{
    public static LawOutcome Try(Law law, LawBench bench)
    {
        if (!law.Covers(bench.Problem.Op, bench.Problem.Pass))
        {
            return LawOutcome.Skip("the law is about other ops or passes");
        }

        bench.Begin();
        return law.Check(bench);
    }

    /// <summary>
    /// The same, with the law that is to be named: a kernel that differs from call to call breaks every law that is exact.
    /// </summary>
    public static (Law Law, LawOutcome Outcome) Charge(Law law, LawBench bench)
    {
        var outcome = Accuse(law, bench);
        if (!outcome.IsBroken)
        {
            return (law, outcome);
        }

        var first = LawCatalogue.Get(MachineLaws.Repeatable);
        return law != first && Try(first, bench) is { IsBroken: true } again
            ? (first, again)
            : (law, outcome);
    }

    /// <summary>
    /// The same, but a law that relates the case to a call of another cell is not held against the case where that call is
    /// wrong by itself: campaigns look there too.
    /// </summary>
    public static LawOutcome Accuse(Law law, LawBench bench)
    {
        var outcome = Try(law, bench);
        return outcome.IsBroken && bench.WrongElsewhere() is { } cell
            ? LawOutcome.Skip($"{cell} is wrong by itself")
            : outcome;
    }
}
