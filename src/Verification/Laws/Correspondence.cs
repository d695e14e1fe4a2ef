using NormCheck.Contract;
using NormCheck.Reference;

namespace NormCheck.Verification.Laws;

/// <summary>
/// Two calls whose elements correspond: element t of the second is element <c>origin[t]</c> of the first. The
/// correspondence of parameters and statistics follows from it, by the partitions of both problems.
/// </summary>
internal sealed class Correspondence
{
    private readonly int[] _elements;
    private readonly int[] _slots;
    private readonly int[] _groups;

    private Correspondence(Call first, NormProblem second, int[] origin)
    {
        First = first;
        _elements = origin;
        var from = Partitions.Of(first.Problem);
        var to = Partitions.Of(second);
        var groupOf = LawShapes.GroupOfElement(from);
        _groups = [.. to.Groups.Select(group => groupOf[origin[group[0]]])];
        _slots = new int[to.SlotCount];
        for (var element = 0; element < origin.Length; element++)
        {
            _slots[to.Slot[element]] = from.Slot[origin[element]];
        }

        var inputs = TensorPlan
            .For(second)
            .Where(spec => spec.IsInput && first.Has(spec.Role))
            .Select(spec => (spec.Role, Carry(spec.Role, first[spec.Role])));
        Second = first.For(second, [.. inputs]);
    }

    public Call First { get; private init; }

    public Call Second { get; private init; }

    /// <summary>
    /// The second call has the problem <paramref name="second"/> and takes its values from the first, element
    /// <paramref name="back"/>(f) for its f; both are counted in N×C×spatial order.
    /// </summary>
    public static Correspondence Of(Call first, NormProblem second, Func<int, int> back)
    {
        var from = LawShapes.Numbers(first.Problem);
        var to = LawShapes.Numbers(second);
        var origin = new int[to.Length];
        for (var flat = 0; flat < to.Length; flat++)
        {
            origin[to[flat]] = from[back(flat)];
        }

        return new(first, second, origin);
    }

    /// <summary>The same order in N×C×spatial terms: another shape or layout for the same numbers.</summary>
    public static Correspondence Reshaped(Call first, NormProblem second) =>
        Of(first, second, flat => flat);

    /// <summary>The same numbers in the same N×C×spatial order under a changed problem.</summary>
    public static Correspondence Under(Call first, Func<NormProblem, NormProblem> change) =>
        Reshaped(first, change(first.Problem).Validated());

    /// <summary>The values of an output or input of the first call in the order of the second.</summary>
    public double[] Carry(TensorRole role, double[] values) =>
        [
            .. (
                LawShapes.Data.Contains(role) ? _elements
                : LawShapes.IsParameter(role) ? _slots
                : _groups
            ).Select(index => values[index]),
        ];

    /// <summary>The answers agree bit for bit, on every output that both have or on those named.</summary>
    public LawOutcome Exact(LawBench bench, params IReadOnlyList<TensorRole> roles) =>
        Compare(
            bench,
            roles,
            (role, first, second) => LawBench.Same(role, Carry(role, first[role]), second[role])
        );

    /// <summary>
    /// The answers agree within what the contract allows around each: the truths are the same number, so two answers
    /// are apart by no more than the sum of both bounds.
    /// </summary>
    public LawOutcome Bounded(LawBench bench, params IReadOnlyList<TensorRole> roles) =>
        Compare(
            bench,
            roles,
            (role, first, second) =>
                LawBench.Within(
                    role,
                    Carry(role, first[role]),
                    second[role],
                    [
                        .. Carry(role, bench.Bounds(First, role, first))
                            .Zip(bench.Bounds(Second, role, second), (a, b) => a + b),
                    ]
                )
        );

    /// <summary>As <see cref="LawKind.Placed"/> says.</summary>
    public LawOutcome Placed(LawBench bench, params IReadOnlyList<TensorRole> roles) =>
        bench.NamesOrder ? Exact(bench, roles) : Bounded(bench, roles);

    private LawOutcome Compare(
        LawBench bench,
        IReadOnlyList<TensorRole> roles,
        Func<TensorRole, Answer, Answer, LawOutcome> compare
    ) =>
        bench.AskOnce(First, out var first) && bench.Ask(Second, out var second)
            ? LawOutcome.All(
                first
                    .Roles.Where(role =>
                        second.Has(role) && (roles.Count == 0 || roles.Contains(role))
                    )
                    .Select(role => compare(role, first, second))
            )
            : bench.Missing;
}
