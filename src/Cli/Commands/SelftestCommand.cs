using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary>
/// <c>normcheck selftest</c>: the suite's own power. Correct kernels of many kinds are run over random cases, each judged
/// under the strongest contract it should meet: none may be rejected. Then a search climbs on error/bound, which must
/// come near the bound, or the bound is too loose to find anything.
/// </summary>
internal static class SelftestCommand
{
    private const long DefaultCases = 2000;
    private const long DefaultClimb = 4000;

    public static Command Create(Terminal terminal)
    {
        var cases = new Option<long>("--cases")
        {
            Description = $"random cases for each correct variant ({DefaultCases})",
            DefaultValueFactory = _ => DefaultCases,
        };
        var climb = new Option<long>("--climb")
        {
            Description = $"runs of the climbing search for each op ({DefaultClimb})",
            DefaultValueFactory = _ => DefaultClimb,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "seed (1)",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command(
            "selftest",
            "how good this suite is: correct kernels must pass, and come near the bound"
        )
        {
            cases,
            climb,
            seed,
        };
        command.SetAction(parsed =>
            Run(terminal, parsed.GetValue(cases), parsed.GetValue(climb), parsed.GetValue(seed))
        );
        return command;
    }

    private static int Run(Terminal terminal, long cases, long climb, ulong seed)
    {
        if (cases < 1 || climb < 0)
        {
            throw new InputException(
                $"expected at least 1 case and 0 climbing runs, got {cases} and {climb}"
            );
        }

        var clock = Stopwatch.StartNew();
        Subject[] subjects =
        [
            .. VariantCatalogue.All.Select(variant => new Subject(
                variant.Id,
                ContractLevels.Parse(variant.Contract),
                variant.Start
            )),
        ];
        var alarms = Alarms(terminal, subjects, cases, seed);
        var near = Near(terminal, subjects, climb, seed);
        terminal.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{subjects.Length} correct variants x {cases} cases, {alarms} false alarms, seed {seed}, {clock.Elapsed.TotalSeconds:0.0} s"
            )
        );
        return alarms == 0 && near ? ExitCode.Held : ExitCode.Finding;
    }

    private static int Alarms(Terminal terminal, Subject[] subjects, long cases, ulong seed)
    {
        var last = Stopwatch.StartNew();
        var run = new FalseAlarms(subjects, new CaseSelection { Strides = true }, seed)
        {
            Progress = done =>
            {
                lock (last)
                {
                    if (last.Elapsed.TotalSeconds > 10)
                    {
                        terminal.Error.WriteLine($"  {done} of {cases} cases");
                        last.Restart();
                    }
                }
            },
        };
        run.Run(cases, Environment.ProcessorCount);
        terminal.Out.WriteLine(
            "Correct variants: the largest error/bound on f32 and f64 data, under the contract of each"
        );
        foreach (var subject in subjects)
        {
            var own = run
                .Nearest.Where(each => each.Subject == subject.Id)
                .OrderBy(each => each.Op)
                .ToArray();
            var ratios = string.Join(
                "  ",
                own.Select(each => $"{each.Op.Word()} {Short(each.WorstRatio)}")
            );
            terminal.Out.WriteLine(
                $"  {subject.Id, -22}{subject.Level.Word(), -18}{own.Sum(each => each.Runs), 8} runs  {ratios}"
            );
        }

        if (run.Nearest.MaxBy(each => each.WorstRatio) is { } nearest)
        {
            terminal.Out.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Nearest to the bound: {nearest.Subject}, error/bound {nearest.WorstRatio:0.000000}\n  {nearest.WorstCase}"
                )
            );
        }

        foreach (var alarm in run.Alarms.Take(20))
        {
            terminal.Out.WriteLine(
                $"FALSE ALARM variant:{alarm.Subject}  {alarm.Detail}\n  {alarm.Case}"
            );
        }

        return run.Alarms.Count;
    }

    /// <summary>For every op, how near a climbing search brings the plain sequential variant to the bound.</summary>
    private static bool Near(Terminal terminal, Subject[] subjects, long runs, ulong seed)
    {
        if (runs == 0)
        {
            return true;
        }

        terminal.Out.WriteLine(
            $"Climbing on error/bound, {runs} runs an op, sequential variant under centre-first, f32"
        );
        var sequential = subjects.First(subject => subject.Id == "sequential");
        var near = true;
        foreach (var op in NormOps.All)
        {
            using var backend = sequential.Start();
            var selection = new CaseSelection { Ops = [op], DTypes = [DType.F32] };
            var result = new Climb(backend, sequential.Level, selection, seed).Run(runs);
            terminal.Out.WriteLine($"  {op.Word(), -8}{Short(result.Ratio)}  {result.Case}");

            // A bound that correct kernels never come within a tenth of would let wrong ones through.
            near &= result.Ratio > Nearness.Tight && result.Ratio <= 1;
        }

        return near;
    }

    private static string Short(double value) =>
        value.ToString("0.000", CultureInfo.InvariantCulture);
}
