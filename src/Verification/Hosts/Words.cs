namespace NormCheck.Verification.Hosts;

/// <summary>Sentences that several hosts say.</summary>
internal static class Words
{
    /// <summary>What was written beside a buffer.</summary>
    /// <param name="count">From the first to the last byte that changed.</param>
    /// <param name="side">behind or before.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="nearest">Distance of the nearest one from the buffer, 1 where it is its neighbour.</param>
    /// <param name="where">ahead of its start or past its end.</param>
    public static string Trespass(int count, string side, string name, int nearest, string where) =>
        $"{count} byte{(count == 1 ? " was" : "s were")} written {side} {name}, the nearest {nearest} {where}";
}
