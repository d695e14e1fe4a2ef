namespace NormCheck.Verification.Timing;

/// <summary>Averages that a few slow repetitions do not move.</summary>
public static class Median
{
    /// <summary>The middle value; NaN where there is none.</summary>
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0
            ? double.NaN
            : (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    /// <summary>The geometric mean; NaN where there is no value.</summary>
    public static double Geometric(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return all.Length == 0 ? double.NaN : Math.Exp(all.Average(Math.Log));
    }
}
