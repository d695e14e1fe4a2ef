using System.Text;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// Text from outside (a program's message, a name in a file) as one line of bounded length: nothing that comes over the
/// wire may break the report's lines or send control codes to a terminal.
/// </summary>
public static class OneLine
{
    private const int Longest = 300;

    public static string Of(string? text)
    {
        var line = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && !Rune.IsWhiteSpace(rune))
            {
                line.Append(rune);
            }
            else if (line.Length > 0 && line[^1] != ' ')
            {
                line.Append(' ');
            }

            if (line.Length >= Longest)
            {
                return line.Append('…').ToString();
            }
        }

        return line.ToString().TrimEnd();
    }
}
