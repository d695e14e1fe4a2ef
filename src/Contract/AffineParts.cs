namespace NormCheck.Contract;

/// <summary>Which of γ (scale) and β (shift) a problem has. A missing γ is ones, a missing β zeros.</summary>
[Flags]
public enum AffineParts
{
    None = 0,
    Scale = 1,
    Shift = 2,
    Both = Scale | Shift,
}

public static class AffineWords
{
    /// <summary>The word used in case texts after <c>affine=</c>.</summary>
    public static string Word(this AffineParts parts) =>
        parts switch
        {
            AffineParts.None => "none",
            AffineParts.Scale => "scale",
            AffineParts.Shift => "shift",
            _ => "both",
        };
}
