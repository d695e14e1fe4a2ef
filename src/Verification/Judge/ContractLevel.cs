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
        var storage = StorageType.Of(dtype);
        return new RoundingModel(
            storage.Unit,
            4,
            Microsoft.FSharp.Core.FuncConvert.FromFunc<int, double>(static m => m - 1),
            storage.Smallest,
            storage.Largest,
            storage.Unit,
            storage.Smallest,
            true
        );
    }

    /// <summary>
    /// The contract as a rounding model. c_in = 4 absorbs the scale–shift forms; G(m) = m − 1 holds for every order of
    /// summation, ⌈log₂ m⌉ + 1 (where that is less) for blocked ones, 2 for compensated ones. Faithful has no model: it bounds the result.
    /// </summary>
    public static RoundingModel Model(this ContractLevel level, DType dtype)
    {
        var wide = dtype == DType.F64;
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
        return new RoundingModel(
            StorageType.Of(wide ? DType.F64 : DType.F32).Unit,
            level <= ContractLevel.AnyOrder ? 4 : 0,
            Microsoft.FSharp.Core.FuncConvert.FromFunc(growth),
            StorageType.Of(wide ? DType.F64 : DType.F32).Smallest,
            StorageType.Of(wide ? DType.F64 : DType.F32).Largest,
            StorageType.Of(dtype).Unit,
            StorageType.Of(dtype).Smallest,
            level == ContractLevel.StatisticsInStorage
        );
    }
}
