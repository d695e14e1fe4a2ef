using NormCheck.Contract;
using NormCheck.Verification.Identify;

namespace NormCheck.Cli.Reports;

/// <summary>The JSON file of <c>identify</c>, property by property in the order of the file.</summary>
internal sealed record IdentityDocument
{
    public required string Backend { get; init; }

    public required string System { get; init; }

    public required string Dtype { get; init; }

    public required int Calls { get; init; }

    public required IReadOnlyList<OpDocument> Ops { get; init; }

    /// <summary>Conventions with the fewest differences over all ops.</summary>
    public required IReadOnlyList<LikenessDocument> Nearest { get; init; }

    public static IdentityDocument Of(string backend, Identity identity) =>
        new()
        {
            Backend = backend,
            System = identity.System,
            Dtype = identity.DType.Word(),
            Calls = identity.Calls,
            Ops =
            [
                .. identity.Ops.Select(op => new OpDocument
                {
                    Op = op.Op.Word(),
                    Layouts = [.. op.Layouts.Select(layout => layout.Word())],
                    Traits =
                    [
                        .. op.Traits.Select(trait => new TraitDocument
                        {
                            Id = trait.Id,
                            Title = trait.Title,
                            Asked = trait.Asked,
                            Possible = trait.Possible,
                            Remark = trait.Remark,
                            Case = trait.Case,
                        }),
                    ],
                    Fits =
                    [
                        .. op
                            .Likenesses.Where(each => each.Differences.Count == 0)
                            .Select(each => each.Name),
                    ],
                }),
            ],
            Nearest = [.. identity.Nearest.Select(LikenessDocument.Of)],
        };
}

internal sealed record OpDocument
{
    public required string Op { get; init; }

    public required IReadOnlyList<string> Layouts { get; init; }

    public required IReadOnlyList<TraitDocument> Traits { get; init; }

    /// <summary>Conventions that answer every question alike.</summary>
    public required IReadOnlyList<string> Fits { get; init; }
}

internal sealed record TraitDocument
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required bool Asked { get; init; }

    public required IReadOnlyList<string> Possible { get; init; }

    public required string Remark { get; init; }

    public required string Case { get; init; }
}

internal sealed record LikenessDocument
{
    public required string Convention { get; init; }

    public required IReadOnlyList<string> Differences { get; init; }

    public static LikenessDocument Of(Likeness likeness) =>
        new() { Convention = likeness.Name, Differences = likeness.Differences };
}
