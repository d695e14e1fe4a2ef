using System.Text;

namespace NormCheck.Cli.Reports;

/// <summary>Markdown's own signs, wherever this program writes Markdown.</summary>
internal static class MarkdownText
{
    public static void Row(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(Escape)).Append(" |\n");

    public static void Code(StringBuilder text, string code) =>
        text.Append("```\n").Append(code).Append("\n```\n");

    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in text)
        {
            if (letter is '|' or '*' or '_' or '`' or '<' or '>' or '[' or ']' or '\\')
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
        }

        return escaped.ToString();
    }
}
