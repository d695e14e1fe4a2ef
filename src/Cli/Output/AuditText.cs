using NormCheck.Contract;
using NormCheck.Verification.Audit;

namespace NormCheck.Cli.Output;

/// <summary>An audit for people.</summary>
internal static class AuditText
{
    public static void Write(TextWriter writer, AuditReport report)
    {
        var preset = report.Preset;
        var problems = string.Join("; ", preset.Problems.Select(ProblemText.Print).Distinct());
        writer.WriteLine($"Audit of {preset.Name}: {preset.Source}");
        foreach (var rule in report.Rules)
        {
            writer.WriteLine($"  {rule}");
        }

        writer.WriteLine($"  data      {preset.Data}");
        writer.WriteLine($"  problems  {problems}");
        writer.WriteLine($"  trials    {report.Trials}, seed {report.Seed}");
        writer.WriteLine();
        Kernels(writer, "let through in every trial", report.Of(AuditFate.LetThrough), false);
        Kernels(writer, "let through in some trials", report.Of(AuditFate.Sometimes), true);
        Names(writer, "caught in every trial", report.Of(AuditFate.Caught));
        Names(writer, "not exercised by these data", report.Of(AuditFate.NotExercised));
        Kernels(writer, "correct variants rejected", report.Rejected, true);
        writer.WriteLine("Outputs that are no norm, and in how many trials they pass");
        foreach (var trivial in report.Trivial)
        {
            writer.WriteLine($"  {trivial.Description, -52} {trivial.Accepted}/{trivial.Trials}");
        }

        writer.WriteLine();
        foreach (var trivial in report.Mistrusted)
        {
            // Said of ourselves too: what n·u allows a sum of n terms is much where n is large.
            var too = trivial.Within == trivial.Trials ? "; so does the bound of any-order" : "";
            writer.WriteLine($"MISTRUSTED: it accepts {trivial.Description}{too}");
        }

        writer.WriteLine(Score(report));
    }

    /// <summary>All audits, a line each.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<AuditReport> reports) =>
        PlainTable.Write(
            writer,
            [
                "preset",
                "caught",
                "of all",
                "always",
                "some",
                "never",
                "not exercised",
                "correct rejected",
                "MISTRUSTED: accepts",
            ],
            [
                .. reports.Select(report =>
                    (string[])
                        [
                            report.Preset.Name,
                            $"{report.Killed}/{report.Exercised}",
                            $"{100 * report.Killed / Math.Max(report.Faults.Count, 1)} %",
                            $"{report.Of(AuditFate.Caught).Count()}",
                            $"{report.Of(AuditFate.Sometimes).Count()}",
                            $"{report.Of(AuditFate.LetThrough).Count()}",
                            $"{report.Of(AuditFate.NotExercised).Count()}",
                            $"{report.Rejected.Count()}/{report.Variants.Count}",
                            string.Join(", ", report.Mistrusted.Select(each => each.Description)),
                        ]
                ),
            ]
        );

    /// <summary>One line: what is caught, and what that is worth.</summary>
    public static string Score(AuditReport report)
    {
        var mistrusted = report.Mistrusted.Any() ? ", MISTRUSTED" : "";
        return $"{report.Preset.Name}: {report.Killed} of {report.Exercised} faults caught,"
            + $" {report.Of(AuditFate.NotExercised).Count()} not exercised,"
            + $" {report.Elsewhere} for other ops, passes or types;"
            + $" {report.Rejected.Count()} of {report.Variants.Count} correct variants rejected{mistrusted}";
    }

    private static void Kernels(
        TextWriter writer,
        string title,
        IEnumerable<AuditedKernel> kernels,
        bool counts
    )
    {
        var all = kernels.ToArray();
        writer.WriteLine($"{char.ToUpperInvariant(title[0])}{title[1..]}: {all.Length}");
        foreach (var kernel in all)
        {
            var count = counts ? $" (passes {kernel.Accepted}/{kernel.Trials})" : "";
            writer.WriteLine($"  {kernel.Id, -20} {kernel.Story}{count}");
        }
    }

    private static void Names(TextWriter writer, string title, IEnumerable<AuditedKernel> kernels)
    {
        var all = kernels.ToArray();
        writer.WriteLine($"{char.ToUpperInvariant(title[0])}{title[1..]}: {all.Length}");
        foreach (var line in all.Chunk(10))
        {
            writer.WriteLine($"  {string.Join(' ', line.Select(kernel => kernel.Id))}");
        }
    }
}
