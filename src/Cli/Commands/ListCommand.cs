using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Problems;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;
using NormCheck.Verification.Laws;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck list</c>: what there is, one line each, id first.</summary>
internal static class ListCommand
{
    private static readonly (string Word, Func<IEnumerable<(string Id, string Text)>>)[] s_lists =
    [
        ("ops", Ops),
        ("laws", () => LawCatalogue.All.Select(each => (each.Id, each.Statement))),
        ("faults", Faults),
        ("backends", BackendCatalogue.List),
        ("contracts", Contracts),
        ("conventions", () => Conventions.All.Select(each => (each.Name, each.Summary))),
        ("problems", () => ProblemList.Names.Select(name => (name, ProblemList.Title(name)))),
        ("data", Data),
        ("variants", Variants),
    ];

    public static Command Create(Terminal terminal)
    {
        var what = new Argument<string>("WHAT")
        {
            Description = string.Join(", ", s_lists.Select(list => list.Item1)),
        };
        var command = new Command("list", "what there is, with the ids that other commands take")
        {
            what,
        };
        command.SetAction(parsed => Run(terminal, parsed.GetRequiredValue(what)));
        return command;
    }

    private static int Run(Terminal terminal, string what)
    {
        var lines = Words.One("list", what, s_lists)().ToArray();
        if (lines.Length == 0)
        {
            terminal.Complain($"this build has no {what}");
            return ExitCode.Held;
        }

        var width = lines.Max(line => line.Id.Length);
        foreach (var (id, text) in lines)
        {
            terminal.Out.WriteLine($"{id.PadRight(width)}  {text}");
        }

        return ExitCode.Held;
    }

    private static IEnumerable<(string Id, string Text)> Ops() =>
        NormOps.All.Select(op =>
            (
                op.Word(),
                $"{Name(op)}: {string.Join(", ", op.Passes().Select(pass => pass.Word(op)))}"
            )
        );

    private static string Name(NormOp op) =>
        op switch
        {
            NormOp.BatchNorm => "batch norm",
            NormOp.BatchRenorm => "batch renormalization",
            NormOp.LayerNorm => "layer norm",
            NormOp.InstanceNorm => "instance norm",
            NormOp.GroupNorm => "group norm",
            _ => "RMS norm",
        };

    private static IEnumerable<(string Id, string Text)> Contracts() =>
        ContractLevels.All.Select(level => (level.Word(), level.Meaning()));

    private static IEnumerable<(string Id, string Text)> Variants() =>
        VariantCatalogue.All.Select(each => (each.Id, $"{each.Description} ({each.Contract})"));

    private static IEnumerable<(string Id, string Text)> Faults() =>
        FaultCatalogue.All.Select(each =>
            (each.Id, $"{each.Story} ({string.Join(", ", each.Links)})")
        );

    private static IEnumerable<(string Id, string Text)> Data() =>
        DataClasses.All.Select(each => (each.Name + each.Parameter, each.Summary));
}
