using NormCheck.Contract;
using NormCheck.Verification.Identify;

namespace NormCheck.Cli.Reports;

/// <summary>What <c>identify</c> found, for people.</summary>
internal static class IdentityText
{
    private const string Unlike = "like none of the known conventions";

    /// <summary>Names in a line; the JSON file has all.</summary>
    private const int MostNames = 6;

    private static readonly int s_width = TraitCatalogue.All.Max(trait => trait.Title.Length);

    public static void Write(
        TextWriter writer,
        string backendText,
        string declared,
        Identity identity
    )
    {
        writer.WriteLine(
            $"identify {backendText}: {identity.System}, {identity.DType.Word()}, {identity.Calls} calls"
        );
        OpIdentity? above = null;
        foreach (var op in identity.Ops)
        {
            writer.WriteLine();
            Op(writer, op, above?.Op == op.Op ? above : null, declared);
            above = op;
        }

        writer.WriteLine();
        writer.WriteLine($"In all: {Kin(identity.Nearest, declared)}");
        foreach (var op in identity.Strange)
        {
            writer.WriteLine($"But {Head(op)}: {Unlike}");
        }

        var own = identity.Likenesses.First(each => each.Name == declared);
        if (own.Differences.Count > 0)
        {
            writer.WriteLine(
                $"It says that it follows {declared}: so it does but for {string.Join(", ", own.Differences)}"
            );
        }
    }

    /// <summary>A block a layout; the second layout of an op shows only what differs from the first.</summary>
    private static void Op(TextWriter writer, OpIdentity op, OpIdentity? above, string declared)
    {
        writer.WriteLine(above is null ? Head(op) : $"{Head(op)}: the same but for");
        foreach (var (trait, other) in op.Traits.Zip(above?.Traits ?? op.Traits))
        {
            if (trait.Asked && (above is null || trait.Words != other.Words))
            {
                Line(writer, trait.Title, trait.Words);
            }
        }

        if (above is null)
        {
            foreach (
                var same in op.Traits.Where(trait => !trait.Asked).GroupBy(trait => trait.Remark)
            )
            {
                Line(
                    writer,
                    "not asked",
                    $"{string.Join(", ", same.Select(trait => trait.Title))}: {same.Key}"
                );
            }
        }

        Line(writer, "equals", Kin(op.Likenesses, declared));
    }

    private static void Line(TextWriter writer, string title, string words) =>
        writer.WriteLine($"  {title.PadRight(s_width)}  {words}");

    /// <summary>"bn, channels-first and channels-last"; ops without channels have no layout to name.</summary>
    private static string Head(OpIdentity op) =>
        op.Op.HasChannels()
            ? $"{op.Op.Word()}, {string.Join(" and ", op.Layouts.Select(layout => layout.Word()))}"
            : op.Op.Word();

    /// <summary>
    /// The conventions that fit, the one that the backend declares first, or else the nearest and in what they differ.
    /// </summary>
    private static string Kin(IReadOnlyList<Likeness> likenesses, string declared)
    {
        Likeness[] nearest =
        [
            .. Likeness.Nearest(likenesses).OrderBy(each => each.Name == declared ? 0 : 1),
        ];
        var least = nearest[0].Differences.Count;
        if (least > OpIdentity.MostDifferences)
        {
            return Unlike;
        }

        var more = nearest.Length > MostNames ? $" and {nearest.Length - MostNames} more" : "";
        if (least == 0)
        {
            return string.Join(", ", nearest.Take(MostNames).Select(each => each.Name)) + more;
        }

        // Those that differ in the same are named together.
        var groups = nearest
            .GroupBy(each => string.Join(", ", each.Differences))
            .Select(same =>
                $"{string.Join(", ", same.Take(MostNames).Select(each => each.Name))} but for {same.Key}"
            );
        return $"none; nearest: {string.Join("; ", groups)}";
    }
}
