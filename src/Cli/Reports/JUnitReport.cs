using System.Globalization;
using System.Text;
using System.Xml;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;

namespace NormCheck.Cli.Reports;

/// <summary>The report as JUnit XML: one test case a cell. No time stamps: the same run gives the same bytes.</summary>
internal static class JUnitReport
{
    public static string Write(CampaignReport report)
    {
        var buffer = new StringBuilder();
        using (
            var xml = XmlWriter.Create(
                buffer,
                new XmlWriterSettings
                {
                    Indent = true,
                    NewLineChars = "\n",
                    OmitXmlDeclaration = true,
                }
            )
        )
        {
            Suite(xml, report);
        }

        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{buffer}\n";
    }

    private static void Suite(XmlWriter xml, CampaignReport report)
    {
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Clean($"normcheck {report.Backend}"));
        Number(xml, "tests", report.Cells.Count);
        Number(xml, "failures", report.Cells.Count(cell => cell.Verdict == "finding"));
        Number(xml, "errors", 0);
        Number(xml, "skipped", report.Cells.Count(cell => cell.Verdict == "unsupported"));
        xml.WriteStartElement("properties");
        Property(xml, "system", report.System);
        Property(xml, "contract", report.Contract);
        Property(xml, "convention", report.Convention);
        Property(xml, "seed", report.Seed.ToString(CultureInfo.InvariantCulture));
        Property(xml, "command", report.Command);
        Property(xml, "cases", report.Cases.ToString(CultureInfo.InvariantCulture));
        xml.WriteEndElement();
        foreach (var cell in report.Cells)
        {
            Cell(xml, report, cell);
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Cell(XmlWriter xml, CampaignReport report, CellReport cell)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", $"normcheck.{cell.Cell.Op.Word()}");
        xml.WriteAttributeString("name", cell.Cell.ToString());
        if (cell.Verdict == "unsupported")
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString(
                "message",
                cell.Declined > 0
                    ? $"declined in {ReportText.Many(cell.Declined, "case")}"
                    : "no case was run"
            );
            xml.WriteEndElement();
        }

        if (cell.Verdict == "finding")
        {
            var findings = report.Findings.Where(finding => Concerns(finding, cell.Cell)).ToArray();
            xml.WriteStartElement("failure");
            xml.WriteAttributeString(
                "message",
                $"{cell.Failures} of {ReportText.Many(cell.Cases, "case")} fail"
            );
            xml.WriteString(
                Clean(
                    string.Join(
                        "\n\n",
                        findings.Select(finding =>
                            $"{ReportText.Headline(finding)}\n{finding.Case}\n{finding.Detail}\n{ReportText.Again(report, finding)}"
                        )
                    )
                )
            );
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("value", Clean(value));
        xml.WriteEndElement();
    }

    private static void Number(XmlWriter xml, string name, int value) =>
        xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A child's message may hold letters that XML has no place for.</summary>
    private static string Clean(string text) =>
        string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) ? letter : '\uFFFD'));

    /// <summary>A finding may be about several cells.</summary>
    private static bool Concerns(FindingReport finding, CaseCell cell) =>
        finding.Cells.Contains(cell);
}
