using System.CommandLine;
using NormCheck.Cli.Backends;
using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Commands;

/// <summary>Options and arguments that several commands take.</summary>
internal static class SharedOptions
{
    public static Argument<string> BackendOrDefault() =>
        new("BACKEND")
        {
            Description = "what to verify, see 'normcheck list backends'",
            DefaultValueFactory = _ => BackendCatalogue.Default,
        };

    /// <summary>One or more backends. A word with a dash is a misspelt option, which the parser would take for a backend.</summary>
    public static Argument<string[]> Backends(string description)
    {
        var backends = new Argument<string[]>("BACKEND")
        {
            Description = description,
            Arity = ArgumentArity.OneOrMore,
        };
        backends.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError($"Unrecognized option '{token.Value}'.");
            }
        });
        return backends;
    }

    public static Option<string> Contract() =>
        new("--contract")
        {
            Description = "how well it must compute, see 'normcheck list contracts'",
            DefaultValueFactory = _ => ContractLevel.AnyOrder.Word(),
        };

    public static Option<string> Laws() =>
        new("--laws")
        {
            Description =
                "all (default), none, or ids of 'normcheck list laws'; -ID leaves one out",
        };

    public static Option<double?> Timeout() =>
        new("--timeout") { Description = "seconds that one call may take" };

    /// <exception cref="InputException">It is no time.</exception>
    public static TimeSpan? TimeLimit(double? seconds) =>
        seconds switch
        {
            null => null,
            > 0 and < 1e6 => TimeSpan.FromSeconds(seconds.Value),
            _ => throw new InputException(
                $"'--timeout {ProblemText.Number(seconds.Value)}': expected seconds above 0"
            ),
        };

    /// <exception cref="InputException">The number is negative.</exception>
    public static long? NotNegative(string option, long? number) =>
        number is < 0
            ? throw new InputException($"'{option} {number}': expected a number of at least 0")
            : number;
}
