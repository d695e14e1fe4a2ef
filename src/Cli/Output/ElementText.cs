using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Cli.Output;

/// <summary>Numbers for people.</summary>
internal static class ElementText
{
    /// <summary>Shortest text that reads back as the same number of the element type.</summary>
    public static string Exact(double value, DType dtype) =>
        dtype == DType.F64 || !double.IsFinite(value) || (float)value != value
            ? ProblemText.Number(value)
            : ((float)value)
                .ToString("R", CultureInfo.InvariantCulture)
                .Replace("E", "e", StringComparison.Ordinal);

    /// <summary>Three digits.</summary>
    public static string Short(double value) =>
        double.IsFinite(value)
            ? value
                .ToString("G3", CultureInfo.InvariantCulture)
                .Replace("E", "e", StringComparison.Ordinal)
            : ProblemText.Number(value);
}
