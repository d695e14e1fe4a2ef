using System.Globalization;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Verification.Recordings;

/// <summary>
/// A recording as a safetensors file. Metadata: where it comes from, and for vector N its case text as <c>N.case</c>.
/// Tensors: inputs as <c>N.NAME</c>, outputs as <c>N.out.NAME</c>, contiguous.
/// </summary>
public static class RecordingFile
{
    private const string Output = "out.";
    private const string CaseText = "case";
    private const string Count = "vectors";
    private const string Threads = "threads";

    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, Recording recording)
    {
        var blob = new SafetensorsBlob();
        blob.Metadata["backend"] = recording.Backend;
        blob.Metadata["system"] = recording.System;
        blob.Metadata["version"] = recording.Version;
        blob.Metadata["command"] = recording.Command;
        blob.Metadata["date"] = recording.Date;
        blob.Metadata["instruction_set"] = recording.InstructionSet;
        blob.Metadata[Threads] = recording.Threads.ToString(CultureInfo.InvariantCulture);
        blob.Metadata[Count] = recording.Vectors.Count.ToString(CultureInfo.InvariantCulture);
        for (var k = 0; k < recording.Vectors.Count; k++)
        {
            var (vector, prefix) = (recording.Vectors[k], Prefix(k));
            blob.Metadata[prefix + CaseText] = vector.Case.Text;
            foreach (var role in vector.Inputs.Roles)
            {
                blob.Tensors[prefix + role.Name()] = vector.Inputs.Require(role);
            }

            foreach (var role in vector.Outputs.Roles)
            {
                blob.Tensors[prefix + Output + role.Name()] = vector.Outputs.Require(role);
            }
        }

        SafetensorsFile.Write(path, blob);
    }

    /// <exception cref="InputException">The file is no recording; the message says what does not fit.</exception>
    public static Recording Read(string path)
    {
        var blob = SafetensorsFile.Read(path);
        try
        {
            var count = Number(blob, Count);
            return new()
            {
                Backend = blob.Require("backend"),
                System = blob.Require("system"),
                Version = blob.Require("version"),
                Command = blob.Require("command"),
                Date = blob.Require("date"),
                InstructionSet = blob.Require("instruction_set"),
                Threads = Number(blob, Threads),
                Vectors = [.. Enumerable.Range(0, count).Select(k => Vector(blob, Prefix(k)))],
            };
        }
        catch (InputException error)
        {
            throw new InputException($"{path}: {error.Message}");
        }
    }

    private static int Number(SafetensorsBlob blob, string key) =>
        int.TryParse(
            blob.Require(key),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : throw new InputException(
                $"expected a number of {key}, got '{OneLine.Of(blob.Require(key))}'"
            );

    private static string Prefix(int k) => $"{k.ToString("D3", CultureInfo.InvariantCulture)}.";

    private static RecordedVector Vector(SafetensorsBlob blob, string prefix)
    {
        var @case = Case.Parse(blob.Require(prefix + CaseText));
        var (inputs, outputs) = (new TensorSet(), new TensorSet());
        foreach (var spec in TensorPlan.For(@case.Problem))
        {
            if (spec.IsInput)
            {
                inputs[spec.Role] = Tensor(blob, prefix + spec.Role.Name(), spec.Shape);
            }

            var output = prefix + Output + spec.Role.Name();
            if (spec.IsOutput && blob.Tensors.ContainsKey(output))
            {
                outputs[spec.Role] = Tensor(blob, output, spec.Shape);
            }
        }

        return new(@case, inputs, outputs);
    }

    private static Tensor Tensor(SafetensorsBlob blob, string name, Shape shape) =>
        !blob.Tensors.TryGetValue(name, out var tensor)
            ? throw new InputException($"expected tensor '{name}', it is missing")
        : tensor.Shape == shape ? tensor
        : throw new InputException($"expected '{name}' of shape {shape}, got {tensor.Shape}");
}
