namespace NormCheck.Verification.Causes;

/// <summary>A likely cause of a finding: an id that stays the same while a case shrinks, and a sentence for people.</summary>
public sealed record Cause(string Id, string Sentence)
{
    public static Cause Unknown { get; } = new("unexplained", "no known formula gives this output");
}
