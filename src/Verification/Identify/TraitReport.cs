namespace NormCheck.Verification.Identify;

/// <summary>What became of a question.</summary>
/// <param name="Id">Which one.</param>
/// <param name="Title">The question, as the head of a line.</param>
/// <param name="Possible">The answers that fit what was seen: one where it is told, several where calls cannot tell.</param>
/// <param name="Remark">More about the answer, or why nothing was asked.</param>
/// <param name="Case">A case that was run for it.</param>
/// <param name="Asked">False where the system has nothing to ask.</param>
public sealed record TraitReport(
    string Id,
    string Title,
    IReadOnlyList<string> Possible,
    string Remark,
    string Case,
    bool Asked
)
{
    /// <summary>"√(v + ε)", "S/m or S/(m − 1)", "none of the known answers".</summary>
    public string Words =>
        !Asked ? $"not asked: {Remark}"
        : Possible.Count == 0 ? Join("none of the known answers")
        : Join(string.Join(" or ", Possible));

    private string Join(string words) => Remark.Length > 0 ? $"{words} ({Remark})" : words;

    /// <summary>Whether a convention with this answer fits; one that leaves it open does.</summary>
    public bool Fits(string? answer) => !Asked || answer is null || Possible.Contains(answer);
}
