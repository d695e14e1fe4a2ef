using System.Text;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Laws;

namespace NormCheck.Cli.Reports;

/// <summary>The table of docs/law-matrix.md: what each law says and which faults it finds by itself.</summary>
internal static class LawMatrixMarkdown
{
    public static string Write(SelftestReport report)
    {
        var kills = SelftestText
            .LawKills(report)
            .ToDictionary(each => each.Law, each => each.Faults);
        var text = new StringBuilder();
        var unseen = report.LawfulFaults.ToArray();
        text.Append("# Laws and the faults they find\n\n")
            .Append("Written by `./normcheck selftest --only matrix --matrix-cases ")
            .Append(report.Options.MatrixCases)
            .Append(" --seed ")
            .Append(report.Options.Seed)
            .Append(
                " --matrix docs/law-matrix.md`; do not edit. What laws are is in [laws.md](laws.md).\n\n"
            )
            .Append(
                $"{kills.Count} laws, {report.Matrix.Count} faults; without the oracle the laws find {report.Matrix.Count - unseen.Length} of them.\n"
            );
        foreach (var topic in LawCatalogue.All.GroupBy(law => law.Topic))
        {
            text.Append(
                $"\n## {topic.Key}\n\n| law | kind | says | finds | which |\n|---|---|---|---:|---|\n"
            );
            foreach (var law in topic)
            {
                var faults = kills.GetValueOrDefault(law.Id, []);
                text.Append(
                    $"| `{law.Id}` | {law.Kind.ToString().ToLowerInvariant()} | {Cell(law.Statement)} `{Cell(law.Formula)}` | {faults.Count} | {string.Join(", ", faults)} |\n"
                );
            }
        }

        text.Append("\n## Faults that no law finds by itself\n\n")
            .Append(unseen.Length == 0 ? "None" : string.Join(", ", unseen))
            .Append(". The oracle finds them.\n");
        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
