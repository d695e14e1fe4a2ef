using System.CommandLine;
using NormCheck.Cli.Output;
using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong;
using NormCheck.Verification.Audit;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck audit</c>: how wrong a fixed tolerance lets a kernel be.</summary>
internal static class AuditCommand
{
    private const string Everything = "all";
    private const int MostTrials = 10000;

    public static Command Create(Terminal terminal)
    {
        var preset = new Option<string>("--preset")
        {
            Description =
                $"the tolerance and data of another suite: {Everything}, {string.Join(", ", AuditPresets.All.Select(each => each.Name))}",
        };
        var rtol = new Option<double?>("--rtol") { Description = "relative part of a tolerance" };
        var atol = new Option<double?>("--atol") { Description = "absolute part of it" };
        var op = new Option<string?>("--op") { Description = "bn, renorm, ln, in, gn or rms (ln)" };
        var pass = new Option<string?>("--pass") { Description = "train, infer, bwd … (forward)" };
        var dtype = new Option<string?>("--dtype") { Description = "f32, f64, f16 or bf16 (f32)" };
        var shape = new Option<string?>("--shape")
        {
            Description = "as 16x64 (the default for ln)",
        };
        var data = new Option<string?>("--data") { Description = "a data class (normal)" };
        var trials = new Option<int?>("--trials") { Description = "draws of the data (20)" };
        var seed = new Option<ulong>("--seed")
        {
            Description = "seed (1)",
            DefaultValueFactory = _ => 1,
        };
        var json = new Option<string>("--json") { Description = "write the result to this file" };
        var command = new Command(
            "audit",
            "how wrong a fixed tolerance lets a kernel be: which faults pass, which correct kernels fail"
        )
        {
            preset,
            rtol,
            atol,
            op,
            pass,
            dtype,
            shape,
            data,
            trials,
            seed,
            json,
        };
        command.SetAction(parsed =>
        {
            string?[] own =
            [
                parsed.GetValue(op),
                parsed.GetValue(pass),
                parsed.GetValue(dtype),
                parsed.GetValue(shape),
                parsed.GetValue(data),
            ];
            var (relative, absolute) = (parsed.GetValue(rtol), parsed.GetValue(atol));
            var presets =
                parsed.GetValue(preset) is not { } name
                    ? [Own(relative, absolute, own[0], own[1], own[2], own[3], own[4])]
                : relative is null && absolute is null && own.All(word => word is null)
                    ? name == Everything ? AuditPresets.All
                        : [AuditPresets.Get(name)]
                : throw new InputException(
                    "--preset brings its tolerance and data: expected no --rtol, --atol, --op, --pass, --dtype, --shape, --data beside it"
                );
            return Run(
                terminal,
                presets,
                parsed.GetValue(trials),
                parsed.GetValue(seed),
                parsed.GetValue(json)
            );
        });
        return command;
    }

    private static int Run(
        Terminal terminal,
        IReadOnlyList<AuditPreset> presets,
        int? trials,
        ulong seed,
        string? json
    )
    {
        if (trials is < 1 or > MostTrials)
        {
            throw new InputException($"'--trials {trials}': expected 1 to {MostTrials}");
        }

        AuditSubject[] faults =
        [
            .. FaultCatalogue.All.Select(fault => new AuditSubject(
                fault.Id,
                fault.Story,
                ContractLevels.Parse(fault.Contract),
                fault.Start
            )),
        ];
        AuditSubject[] variants =
        [
            .. VariantCatalogue.All.Select(variant => new AuditSubject(
                variant.Id,
                variant.Description,
                ContractLevels.Parse(variant.Contract),
                variant.Start
            )),
        ];
        var reports = new List<AuditReport>();
        foreach (var preset in presets)
        {
            var report = AuditRun.Run(preset, faults, variants, trials ?? preset.Trials, seed);
            reports.Add(report);
            if (presets.Count == 1)
            {
                AuditText.Write(terminal.Out, report);
            }
            else
            {
                terminal.Error.WriteLine($"  {AuditText.Score(report)}");
            }
        }

        if (presets.Count > 1)
        {
            AuditText.Write(terminal.Out, reports);
        }

        if (json is not null)
        {
            File.WriteAllText(json, AuditJson.Write(reports));
            terminal.Out.WriteLine($"written   {json}");
        }

        return ExitCode.Held;
    }

    /// <summary>The caller's own tolerance: on one op and shape, every output by the same rule.</summary>
    private static AuditPreset Own(
        double? rtol,
        double? atol,
        string? opWord,
        string? passWord,
        string? dtype,
        string? shape,
        string? data
    )
    {
        if (rtol is null || atol is null)
        {
            throw new InputException(
                $"expected --rtol and --atol, or --preset with {Everything} or one of {string.Join(", ", AuditPresets.All.Select(each => each.Name))}"
            );
        }

        if (!(rtol >= 0 && atol >= 0 && double.IsFinite(rtol.Value + atol.Value)))
        {
            throw new InputException(
                $"expected --rtol and --atol of at least 0, got {ProblemText.Number(rtol.Value)} and {ProblemText.Number(atol.Value)}"
            );
        }

        var op = Words.Op(opWord ?? NormOp.LayerNorm.Word());
        var pass = passWord is null ? NormPass.ForwardTraining : Words.Pass(passWord);
        var extents = shape ?? (op.HasChannels() ? "8x8x4x4" : "16x64");
        var groups = op == NormOp.GroupNorm ? " groups=2" : "";
        var problem = ProblemText.Parse(
            $"{op.Word()} {pass.Word(op)} {Words.DType(dtype ?? "f32").Word()} {extents}{groups}"
        );
        var kind = DataSpec.Parse(data ?? DataSpec.Normal.Text);
        return new AuditPreset
        {
            Name = "own",
            Source = "the command line",
            Data = kind.Text,
            Problems = [problem],
            Class = kind,
            Comparison = (_, _, _) => new AllClose(rtol.Value, atol.Value),
            Nominal = kind.Class.Name == "uniform" ? (0.5, 1.0 / 12) : (0, 1),
        };
    }
}
