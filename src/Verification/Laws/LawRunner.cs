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

        return law.Check(bench);
    }
}
