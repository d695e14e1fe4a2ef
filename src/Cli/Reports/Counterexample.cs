using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

/// <summary>
/// A case as a safetensors file: the inputs by name, what came out as <c>actual.NAME</c>, what should have come out as
/// <c>truth.NAME</c> (f64), and in the metadata which case on which backend it is.
/// </summary>
internal sealed record Counterexample(
    Case Case,
    TensorSet Inputs,
    string Backend,
    ContractLevel Level
)
{
    private const string Actual = "actual.";
    private const string Truth = "truth.";

    public static void Write(
        string path,
        string backend,
        INormBackend running,
        ContractLevel level,
        CaseResult result
    )
    {
        var system = running.Description;
        var blob = new SafetensorsBlob();
        blob.Metadata["case"] = result.Case.Text;
        blob.Metadata["backend"] = backend;
        blob.Metadata["system"] = $"{system.Name} {system.Version}";
        blob.Metadata["contract"] = level.Word();
        blob.Metadata["command"] = CommandText.Check(backend, result.Case.Text, level.Word());
        blob.Metadata["status"] = "Holds";
        if (result.Failed)
        {
            var signature = CaseRunner.Sign(result, running);
            blob.Metadata["status"] = signature.Status;
            blob.Metadata["cause"] = $"{signature.Cause.Id}: {signature.Cause.Sentence}";
            blob.Metadata["detail"] = Detail.Of(result);
        }

        var expected = Oracle.Expect(result.Case.Problem, result.Inputs, level);
        foreach (var spec in TensorPlan.For(result.Case.Problem))
        {
            var name = spec.Role.Name();
            if (spec.IsInput)
            {
                blob.Tensors[name] = result.Inputs.Require(spec.Role);
            }

            if (spec.IsOutput)
            {
                var truth = new Tensor(DType.F64, spec.Shape);
                truth.CopyFrom([.. expected[spec.Role].Select(each => each.Wanted())]);
                blob.Tensors[Truth + name] = truth;
                if (result.Verdict is not null && result.Outputs[spec.Role] is { } actual)
                {
                    blob.Tensors[Actual + name] = actual;
                }
            }
        }

        SafetensorsFile.Write(path, blob);
    }

    /// <exception cref="InputException">The file is no counterexample; the message says what does not fit.</exception>
    public static Counterexample Read(string path)
    {
        var blob = SafetensorsFile.Read(path);
        try
        {
            var @case = Case.Parse(blob.Require("case"));
            return new(
                @case,
                ReadInputs(blob, @case.Problem),
                blob.Require("backend"),
                ContractLevels.Parse(
                    blob.Metadata.GetValueOrDefault("contract", ContractLevel.AnyOrder.Word())
                )
            );
        }
        catch (InputException error)
        {
            throw new InputException($"{path}: {error.Message}");
        }
    }

    private static TensorSet ReadInputs(SafetensorsBlob blob, NormProblem problem)
    {
        var plan = TensorPlan.For(problem);
        var inputs = new TensorSet();
        foreach (var spec in plan)
        {
            inputs[spec.Role] = new Tensor(spec.DType, spec.Shape, [.. spec.Strides]);
            if (spec.IsInput)
            {
                CopyBits(Saved(blob, spec), inputs.Require(spec.Role));
            }
        }

        var surplus = blob.Tensors.Keys.FirstOrDefault(name =>
            !name.StartsWith(Actual, StringComparison.Ordinal)
            && !name.StartsWith(Truth, StringComparison.Ordinal)
            && !plan.Any(spec => spec.IsInput && spec.Role.Name() == name)
        );
        return surplus is null
            ? inputs
            : throw new InputException($"the case does not read the tensor '{surplus}'");
    }

    private static Tensor Saved(SafetensorsBlob blob, TensorSpec spec)
    {
        var name = spec.Role.Name();
        var wanted = $"'{name}' as {spec.DType.Word()} {spec.Shape}";
        if (!blob.Tensors.TryGetValue(name, out var saved))
        {
            throw new InputException($"expected tensor {wanted}, it is missing");
        }

        return saved.DType == spec.DType && saved.Shape == spec.Shape
            ? saved
            : throw new InputException(
                $"expected tensor {wanted}, got {saved.DType.Word()} {saved.Shape}"
            );
    }

    /// <summary>The same elements bit by bit, wherever strides put them: a NaN keeps its payload.</summary>
    private static void CopyBits(Tensor from, Tensor to)
    {
        var size = from.DType.Size();
        foreach (var (source, target) in from.Distances().Zip(to.Distances()))
        {
            from.Data.Span.Slice((int)(from.Offset + source) * size, size)
                .CopyTo(to.Data.Span[((int)(to.Offset + target) * size)..]);
        }
    }
}
