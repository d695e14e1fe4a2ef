using NormCheck.Contract;

namespace NormCheck.Verification.Identify;

/// <summary>A convention of the list, and where a system differs from it.</summary>
/// <param name="Name">Of the convention.</param>
/// <param name="Differences">Titles of the questions that the system answers otherwise; none where it fits.</param>
public sealed record Likeness(string Name, IReadOnlyList<string> Differences)
{
    /// <summary>Those with the fewest differences.</summary>
    public static IReadOnlyList<Likeness> Nearest(IReadOnlyList<Likeness> likenesses)
    {
        var least = likenesses.Min(each => each.Differences.Count);
        return [.. likenesses.Where(each => each.Differences.Count == least)];
    }
}

/// <summary>What a system does in one op, in one layout or in several alike.</summary>
public sealed record OpIdentity(
    NormOp Op,
    IReadOnlyList<Layout> Layouts,
    IReadOnlyList<TraitReport> Traits
)
{
    /// <summary>A system that differs from every convention in more than this is like none.</summary>
    public const int MostDifferences = 3;

    /// <summary>True where the answers are like those of no convention.</summary>
    public bool IsStrange => Likenesses.Min(each => each.Differences.Count) > MostDifferences;

    /// <summary>Questions that were asked.</summary>
    public int Asked => Traits.Count(trait => trait.Asked);

    /// <summary>For every convention, the questions that tell it from the system.</summary>
    public IReadOnlyList<Likeness> Likenesses { get; } =
    [
        .. Conventions.All.Select(convention => new Likeness(
            convention.Name,
            [
                .. Traits
                    .Where(report => !report.Fits(Expected(report, convention, Op)))
                    .Select(report => report.Id),
            ]
        )),
    ];

    private static string? Expected(TraitReport report, Convention convention, NormOp op) =>
        TraitCatalogue.All.First(trait => trait.Id == report.Id).Of(convention, op);
}

/// <summary>What a system does in all its ops.</summary>
public sealed record Identity(string System, DType DType, IReadOnlyList<OpIdentity> Ops, int Calls)
{
    /// <summary>Blocks that are like no convention: something is wrong there, which says nothing of the others.</summary>
    public IReadOnlyList<OpIdentity> Strange => [.. Ops.Where(op => op.IsStrange)];

    /// <summary>For every convention, where the system differs from it (as "op id"), strange blocks left out.</summary>
    public IReadOnlyList<Likeness> Likenesses =>
        [
            .. Conventions.All.Select(convention => new Likeness(
                convention.Name,
                [
                    .. Ops.Where(op => !op.IsStrange)
                        .SelectMany(op =>
                            op.Likenesses.First(each => each.Name == convention.Name)
                                .Differences.Select(id => $"{op.Op.Word()} {id}")
                        )
                        .Distinct(),
                ]
            )),
        ];

    /// <summary>The conventions with the fewest differences over all ops: those that fit, or the nearest.</summary>
    public IReadOnlyList<Likeness> Nearest => Likeness.Nearest(Likenesses);
}

/// <summary>Asks a black box all questions.</summary>
public static class Identification
{
    /// <summary>
    /// Every op that is asked for and that the backend says it does, in each of its layouts; layouts that answer alike are
    /// one.
    /// </summary>
    public static Identity Run(
        INormBackend backend,
        IReadOnlyList<NormOp> ops,
        DType dtype,
        Action<string>? progress = null
    )
    {
        var calls = 0;
        var identities = new List<OpIdentity>();
        foreach (var op in ops.Intersect(backend.Description.Ops))
        {
            var layouts = op.HasChannels() ? backend.Description.Layouts : [Layout.ChannelsFirst];
            var found = new List<(Layout Layout, IReadOnlyList<TraitReport> Traits)>();
            foreach (var layout in layouts)
            {
                progress?.Invoke(op.Word());
                var subject = new Subject(backend, op, dtype, layout);
                found.Add(
                    (
                        layout,
                        [
                            .. TraitCatalogue
                                .All.Where(trait => trait.Concerns(op))
                                .Select(trait => trait.Ask(subject)),
                        ]
                    )
                );
                calls += subject.Calls;
            }

            identities.AddRange(
                found
                    .GroupBy(each => string.Join('\n', each.Traits.Select(trait => trait.Words)))
                    .Select(same => new OpIdentity(
                        op,
                        [.. same.Select(each => each.Layout)],
                        same.First().Traits
                    ))
            );
        }

        var about = backend.Description;
        return new($"{about.Name} {about.Version}", dtype, identities, calls);
    }
}
