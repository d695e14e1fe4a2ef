namespace NormCheck.Contract;

/// <summary>Collects the words of a problem text and builds the problem when all are there.</summary>
internal sealed class ProblemReader
{
    private readonly Dictionary<string, string> _values = [];
    private NormOp? _op;
    private NormPass? _pass;
    private DType? _dtype;
    private string? _layout;
    private Shape? _shape;

    public void Positional(string word)
    {
        if (NormOps.All.Cast<NormOp?>().FirstOrDefault(op => op!.Value.Word() == word) is { } op)
        {
            Once(ref _op, op, "op", word);
        }
        else if (ParsePass(word) is { } pass)
        {
            Once(ref _pass, pass, "pass", word);
        }
        else if (
            DTypes.All.Cast<DType?>().FirstOrDefault(dtype => dtype!.Value.Word() == word) is
            { } dtype
        )
        {
            Once(ref _dtype, dtype, "element type", word);
        }
        else if (Layouts.IsLayoutWord(word))
        {
            _layout = _layout is null ? word : throw Twice("layout", _layout, word);
        }
        else if (ProblemText.TryShape(word, out var shape, out var groups))
        {
            Once(ref _shape, shape, "shape", word);
            if (groups is { } count)
            {
                Set("groups", count.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        }
        else
        {
            throw ProblemText.Unknown(
                word,
                [
                    .. NormOps.All.Select(each => each.Word()),
                    "train",
                    "infer",
                    "fwd",
                    "bwd",
                    "bwd-infer",
                    .. DTypes.All.Select(each => each.Word()),
                    "nchw",
                    "nhwc",
                    "a shape such as 2x32x7x5",
                    "or key=value",
                ]
            );
        }
    }

    public void Set(string key, string value)
    {
        if (!_values.TryAdd(key, value))
        {
            throw Twice(key, _values[key], value);
        }
    }

    public NormProblem Build()
    {
        var op = _op ?? throw Missing("op", "bn, renorm, ln, in, gn or rms");
        var pass =
            _pass
            ?? throw Missing("pass", string.Join(", ", op.Passes().Select(each => each.Word(op))));
        var dtype = _dtype ?? throw Missing("element type", "f64, f32, f16 or bf16");
        var shape = _shape ?? throw Missing("shape", "2x32x7x5, say");
        if (shape.Rank is < NormProblem.MinRank or > NormProblem.MaxRank)
        {
            throw new InputException(
                $"expected a shape of 2 to 5 axes, got {shape} ({shape.Rank})"
            );
        }

        var convention = Conventions.Get(
            _values.GetValueOrDefault("convention", Conventions.Default.Name)
        );
        Refuse(
            !op.HasChannels() && _layout is not null,
            $"{op.Word()} has no layout, got '{_layout}'"
        );
        Refuse(
            op != NormOp.GroupNorm && _values.ContainsKey("groups"),
            $"{op.Word()} has no groups, got 'groups={_values.GetValueOrDefault("groups")}'"
        );
        Refuse(
            op == NormOp.GroupNorm && !_values.ContainsKey("groups"),
            $"gn needs groups=G with G dividing the {shape[1]} channels of {shape}"
        );
        Refuse(
            op.HasChannels() && _values.ContainsKey("axis"),
            $"{op.Word()} has no axis, got 'axis={_values.GetValueOrDefault("axis")}'"
        );
        Refuse(
            op != NormOp.BatchRenorm
                && (_values.ContainsKey("rmax") || _values.ContainsKey("dmax")),
            $"{op.Word()} has no rmax and dmax: they belong to renorm"
        );
        var axis = op.HasChannels() ? 0 : Integer("axis", -1);
        return new NormProblem
        {
            Op = op,
            Pass = pass,
            DType = dtype,
            Shape = shape,
            Layout = ParseLayout(_layout ?? "nchw", shape.Rank),
            GradientLayout = ParseGradient(op, pass, shape.Rank),
            Affine = ParseAffine(),
            Epsilon = Number("eps", convention.DefaultEpsilon),
            Momentum = Number("momentum", convention.DefaultMomentum),
            Groups = op == NormOp.GroupNorm ? Integer("groups", 1) : 1,
            Axis = !op.HasChannels() && axis >= -shape.Rank && axis < 0 ? axis + shape.Rank : axis,
            RMax = Number("rmax", double.PositiveInfinity),
            DMax = Number("dmax", double.PositiveInfinity),
            Saved = YesOrNo("saved"),
            Running = YesOrNo("running"),
            Convention = convention,
        }.Validated();
    }

    private static NormPass? ParsePass(string word) =>
        word switch
        {
            "train" or "fwd" => NormPass.ForwardTraining,
            "infer" => NormPass.ForwardInference,
            "bwd" => NormPass.BackwardTraining,
            "bwd-infer" => NormPass.BackwardInference,
            _ => null,
        };

    private static Layout ParseLayout(string word, int rank) =>
        Layouts.Parse(word, rank)
        ?? throw new InputException(
            $"layout '{word}' does not fit a shape of {rank} axes: expected {Layout.ChannelsFirst.Word(rank)} or {Layout.ChannelsLast.Word(rank)}"
        );

    private Layout? ParseGradient(NormOp op, NormPass pass, int rank)
    {
        if (!_values.TryGetValue("grad", out var word))
        {
            return null;
        }

        Refuse(
            !pass.IsBackward() || !op.HasChannels(),
            $"'grad={word}' fits only a backward of an op with channels"
        );
        return ParseLayout(word, rank);
    }

    private AffineParts ParseAffine() =>
        _values.GetValueOrDefault("affine", "both") switch
        {
            "both" => AffineParts.Both,
            "scale" => AffineParts.Scale,
            "shift" => AffineParts.Shift,
            "none" => AffineParts.None,
            var word => throw Bad("affine", word, "both, scale, shift or none"),
        };

    private double Number(string key, double fallback) =>
        !_values.TryGetValue(key, out var text) ? fallback
        : ProblemText.TryNumber(text, out var value) ? value
        : throw Bad(key, text, "a number");

    private int Integer(string key, int fallback) =>
        !_values.TryGetValue(key, out var text) ? fallback
        : int.TryParse(
            text,
            System.Globalization.NumberStyles.AllowLeadingSign,
            System.Globalization.CultureInfo.InvariantCulture,
            out var value
        )
            ? value
        : throw Bad(key, text, "a whole number");

    private bool YesOrNo(string key) =>
        _values.GetValueOrDefault(key, "yes") switch
        {
            "yes" => true,
            "no" => false,
            var word => throw Bad(key, word, "yes or no"),
        };

    private static void Refuse(bool condition, string message)
    {
        if (condition)
        {
            throw new InputException(message);
        }
    }

    private static void Once<T>(ref T? slot, T value, string what, string word)
        where T : struct => slot = slot is null ? value : throw Twice(what, $"{slot}", word);

    private static InputException Twice(string what, string first, string second) =>
        new($"{what} given twice: '{first}', then '{second}'");

    private static InputException Missing(string what, string fits) =>
        new($"no {what} given: expected {fits}");

    private static InputException Bad(string key, string text, string fits) =>
        new($"'{key}={text}': expected {fits}");
}
