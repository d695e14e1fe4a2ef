using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Variants;

/// <summary>A kernel that is correct, and computes in a way of its own.</summary>
/// <param name="Id">Its name in <c>variant:ID</c>.</param>
/// <param name="Description">One line: what is particular about it.</param>
/// <param name="Contract">The strongest contract that it meets by construction.</param>
/// <param name="Start">A new backend; it is for one thread at a time.</param>
public sealed record Variant(
    string Id,
    string Description,
    string Contract,
    Func<INormBackend> Start
);

/// <summary>
/// The correct variants. None may ever be rejected under its contract: a rejection is a fault of this suite.
/// </summary>
public static class VariantCatalogue
{
    public static IReadOnlyList<Variant> All { get; } =
    [
        Of<Recipe<float>, Recipe<double>>(
            "sequential",
            "two passes, every sum from the first term to the last",
            "centre-first"
        ),
    ];

    /// <exception cref="InputException">No variant has that id.</exception>
    public static Variant Get(string id) =>
        All.FirstOrDefault(variant => variant.Id == id)
        ?? throw new InputException(
            $"unknown variant '{id}': expected one of {string.Join(", ", All.Select(variant => variant.Id))}"
        );

    private static Variant Of<TNarrow, TWide>(string id, string description, string contract)
        where TNarrow : IRecipe, new()
        where TWide : IRecipe, new() =>
        new(
            id,
            description,
            contract,
            () => new TextbookBackend($"variant:{id}", new TNarrow(), new TWide())
        );
}
