using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>Which guard a buffer is placed against.</summary>
internal enum Placement
{
    /// <summary>It ends where memory cannot be read.</summary>
    After,

    /// <summary>It begins where memory cannot be read.</summary>
    Before,
}

/// <summary>The guard on one side of one tensor: behind it or before it.</summary>
internal readonly record struct GuardSide(TensorRole Role, bool Behind)
{
    public override string ToString() => $"{Role.Name()}:{(Behind ? "behind" : "before")}";
}

/// <summary>
/// How the worker calls a library: both placements and every protection, unless the diagnosis of a crash asks for less.
/// It travels as metadata that only our own worker understands.
/// </summary>
internal sealed record Relaxation
{
    public IReadOnlyList<Placement> Placements { get; init; } = [Placement.After, Placement.Before];

    /// <summary>Inputs that may be written; they are compared afterwards.</summary>
    public IReadOnlyList<TensorRole> WritableInputs { get; init; } = [];

    /// <summary>Guards that may be read, and written where <see cref="GuardsWritable"/> says so.</summary>
    public IReadOnlyList<GuardSide> Guards { get; init; } = [];

    public bool GuardsWritable { get; init; }

    /// <summary>Alignment of buffers in bytes; 1: that of their elements, which is all that the ABI promises.</summary>
    public int Alignment { get; init; } = 1;

    /// <summary>True where y lies in x's memory, or dx in dy's.</summary>
    public bool InPlace { get; init; }

    public GuardAccess Access(GuardSide side) =>
        !Guards.Contains(side) ? GuardAccess.None
        : GuardsWritable ? GuardAccess.Write
        : GuardAccess.Read;

    public Dictionary<string, string> ToMetadata() =>
        new()
        {
            ["placements"] = string.Join(',', Placements),
            ["writable_inputs"] = string.Join(',', WritableInputs.Select(role => role.Name())),
            ["open_guards"] = string.Join(',', Guards),
            ["guards_writable"] = GuardsWritable ? "1" : "0",
            ["alignment"] = Alignment.ToString(CultureInfo.InvariantCulture),
            ["in_place"] = InPlace ? "1" : "0",
        };

    /// <summary>What a request asks for; absent fields mean full protection.</summary>
    /// <exception cref="InputException">A field holds an unknown word.</exception>
    public static Relaxation Read(IReadOnlyDictionary<string, string> metadata)
    {
        var placements = Words("placements").Select(Parse<Placement>).ToList();
        return new()
        {
            Placements = placements.Count > 0 ? placements : new Relaxation().Placements,
            WritableInputs = [.. Words("writable_inputs").Select(Role)],
            Guards =
            [
                .. Words("open_guards")
                    .Select(word => word.Split(':'))
                    .Select(parts => new GuardSide(Role(parts[0]), parts[^1] == "behind")),
            ],
            GuardsWritable = metadata.GetValueOrDefault("guards_writable") == "1",
            Alignment = Math.Max(
                1,
                Words("alignment")
                    .Select(word => int.Parse(word, CultureInfo.InvariantCulture))
                    .FirstOrDefault()
            ),
            InPlace = metadata.GetValueOrDefault("in_place") == "1",
        };

        string[] Words(string key) =>
            metadata.GetValueOrDefault(key, "").Split(',', StringSplitOptions.RemoveEmptyEntries);

        static TensorRole Role(string name) =>
            TensorRoles.Parse(name) ?? throw new InputException($"no tensor is called '{name}'");

        static T Parse<T>(string word)
            where T : struct =>
            Enum.TryParse<T>(word, out var value)
                ? value
                : throw new InputException($"unknown word '{word}'");
    }
}
