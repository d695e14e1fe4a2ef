using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Output;

/// <summary>Command lines that people can paste into a shell.</summary>
internal static class CommandText
{
    public const string Program = "./normcheck";

    /// <summary>The word as it is where a shell takes it so, otherwise in single quotes.</summary>
    public static string Quote(string word) =>
        word.Length > 0
        && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./:=,+@%".Contains(letter))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>The command that runs one case again. Case texts hold nothing that double quotes do not protect.</summary>
    public static string Check(string backend, string @case, string contract) =>
        $"{Program} check {Quote(backend)} \"{@case}\"{Contract(contract)}";

    public static string Replay(string file, string contract) =>
        $"{Program} replay {Quote(file)}{Contract(contract)}";

    private static string Contract(string contract) =>
        contract == ContractLevel.AnyOrder.Word() ? "" : $" --contract {contract}";
}
