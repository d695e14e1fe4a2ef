namespace NormCheck.Cli.Output;

/// <summary>Columns of text without any drawing.</summary>
internal static class PlainTable
{
    public static void Write(
        TextWriter writer,
        IReadOnlyList<string> header,
        IReadOnlyList<IReadOnlyList<string>> rows
    )
    {
        var widths = header
            .Select((title, column) => Math.Max(title.Length, rows.Max(row => row[column].Length)))
            .ToArray();
        writer.WriteLine(Line(header, widths));
        foreach (var row in rows)
        {
            writer.WriteLine(Line(row, widths));
        }
    }

    private static string Line(IReadOnlyList<string> row, int[] widths) =>
        $"  {string.Join("  ", row.Select((text, column) => text.PadRight(widths[column]))).TrimEnd()}";
}
