using System.Numerics;
using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Judge;

/// <summary>How well a kernel must compute, weakest first (docs/bounds.md).</summary>
public enum ContractLevel
{
    /// <summary>As any-order, with μ and 1/σ rounded to the storage type.</summary>
    StatisticsInStorage,

    /// <summary>Any correct algorithm: any order of summation, scale–shift forms included.</summary>
    AnyOrder,

    /// <summary>x − μ is formed first: inputs enter exactly.</summary>
    CentreFirst,

    /// <summary>Centre-first, and sums are blocked or pairwise.</summary>
    Pairwise,

    /// <summary>Centre-first, and sums are compensated or extended.</summary>
    Compensated,

    /// <summary>Within one ulp of the output type; where terms cancel, within 2⁻³⁶ of the largest of them.</summary>
    Faithful,
}

public static class ContractLevels
{
    /// <summary>c_in of the contracts that allow every algebraic form.</summary>
    private const double LooseInput = 4;

    private static readonly (string Word, string Meaning)[] s_texts =
    [
        ("stats-in-storage", "as any-order, with μ and 1/σ rounded to the storage type"),
        (
            "any-order",
            "any correct algorithm, in any order of summation, scale-shift forms included"
        ),
        ("centre-first", "x − μ is formed first: a group of one gives exactly β"),
        ("pairwise", "centre-first, and sums are blocked or pairwise: error grows with log m"),
        (
            "compensated",
            "centre-first, and sums are compensated or extended: error does not grow with m"
        ),
        ("faithful", "within one ulp of the output type"),
    ];

    public static IReadOnlyList<ContractLevel> All { get; } = Enum.GetValues<ContractLevel>();

    public static string Word(this ContractLevel level) => s_texts[(int)level].Word;

    public static string Meaning(this ContractLevel level) => s_texts[(int)level].Meaning;

    /// <exception cref="InputException">No contract has that name.</exception>
    public static ContractLevel Parse(string word)
    {
        var index = Array.FindIndex(s_texts, text => text.Word == word);
        return index >= 0
            ? (ContractLevel)index
            : throw new InputException(
                $"unknown contract '{word}': expected one of {string.Join(", ", s_texts.Select(text => text.Word))}"
            );
    }

    /// <summary>
    /// What a kernel does that computes in the storage type throughout: no contract, but a cause that can be named.
    /// </summary>
    public static RoundingModel StorageArithmetic(DType dtype)
    {
        return Build(dtype, dtype, LooseInput, static m => m - 1, stored: true);
    }

    /// <summary>Any correct algorithm with sums in a given type, as <c>identify</c> tells types apart.</summary>
    public static RoundingModel Arithmetic(DType accumulator, DType storage) =>
        Build(accumulator, storage, LooseInput, static m => m - 1, stored: false);

    /// <summary>
    /// The contract as a rounding model. c_in = 4 absorbs the scale–shift forms; G(m) = m − 1 holds for every order of
    /// summation, ⌈log₂ m⌉ + 1 (where that is less) for blocked ones, 2 for compensated ones. Faithful has no model: it
    /// bounds the result.
    /// </summary>
    public static RoundingModel Model(this ContractLevel level, DType dtype)
    {
        Func<int, double> growth = level switch
        {
            ContractLevel.Pairwise => static m =>
                Math.Min(m - 1, BitOperations.Log2((uint)Math.Max(m - 1, 1)) + (m > 2 ? 2 : 1)),
            ContractLevel.Compensated => static m => Math.Min(m - 1, 2),
            ContractLevel.Faithful => throw new ArgumentOutOfRangeException(
                nameof(level),
                level,
                "expected a contract that is a rounding model"
            ),
            _ => static m => m - 1,
        };
        return Build(
            dtype.ParameterType(),
            dtype,
            level <= ContractLevel.AnyOrder ? LooseInput : 0,
            growth,
            level == ContractLevel.StatisticsInStorage
        );
    }

    private static RoundingModel Build(
        DType accumulator,
        DType storage,
        double inputFactor,
        Func<int, double> growth,
        bool stored
    )
    {
        var (wide, narrow) = (StorageType.Of(accumulator), StorageType.Of(storage));
        return new RoundingModel(
            wide.Unit,
            inputFactor,
            Microsoft.FSharp.Core.FuncConvert.FromFunc(growth),
            wide.Smallest,
            wide.Largest,
            narrow.Unit,
            narrow.Smallest,
            stored
        );
    }
}
