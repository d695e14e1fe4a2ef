namespace NormCheck.Verification.Laws;

public enum LawState
{
    Holds,
    Skipped,
    Broken,
}

/// <summary>What became of a law on a case; the detail says why it was skipped or how it is broken.</summary>
public readonly record struct LawOutcome(LawState State, string Detail)
{
    public static LawOutcome Holds { get; } = new(LawState.Holds, "");

    public bool IsBroken => State == LawState.Broken;

    public static LawOutcome Skip(string reason) => new(LawState.Skipped, reason);

    public static LawOutcome Broken(string detail) => new(LawState.Broken, detail);

    /// <summary>The first of several that is broken; skipped only where all are.</summary>
    public static LawOutcome All(params IEnumerable<LawOutcome> outcomes)
    {
        var state = Skip("nothing to compare");
        foreach (var outcome in outcomes)
        {
            if (outcome.IsBroken)
            {
                return outcome;
            }

            state = outcome.State == LawState.Holds ? outcome : state;
        }

        return state;
    }
}
