using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;
using NormCheck.Verification.Hosts;
using NormCheck.Verification.Judge;

namespace NormCheck.Cli.Reports;

/// <summary>
/// A finding in a native library as one C program: the input bits, the call, and the outputs beside the truth.
/// </summary>
internal static class CReproduction
{
    private const int PerLine = 8;

    /// <param name="library">Path of the shared library.</param>
    /// <param name="file">Name of the program's own file, for the command in its head.</param>
    /// <param name="result">The failing case.</param>
    /// <param name="level">The contract that it violates.</param>
    public static string Write(string library, string file, CaseResult result, ContractLevel level)
    {
        var problem = result.Case.Problem;
        var plan = TensorPlan.For(problem);
        var expected = Oracle.Expect(problem, result.Inputs, level);
        var text = new StringBuilder();
        var program = Path.GetFileNameWithoutExtension(file);
        text.Append(
            $$"""
            /*
             * {{Comment(result.Case.Text)}}
             *
             * {{Comment(Detail.Of(result))}}
             *
             *     gcc -std=c99 -D_DEFAULT_SOURCE -I{{Comment(
                CommandText.Quote(Path.Combine(NormCheckRoot.Folder, "backends", "native"))
            )}} {{file}} -o {{program}} -ldl -lm && ./{{program}}
             *
             * Calls the library once with these inputs and prints every output element beside the truth. The exit code is
             * 1 where an element is beyond the bound of contract {{level.Word()}}. Another library may be given as argument.
             */

            #include <dlfcn.h>
            #include <math.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>

            #include "normcheck.h"


            """
        );
        foreach (var spec in plan)
        {
            Shape(text, spec);
            if (spec.IsInput)
            {
                Bits(text, spec, result.Inputs.Require(spec.Role));
            }

            if (spec.IsOutput)
            {
                Truth(text, spec, expected[spec.Role]);
            }
        }

        text.Append(CTexts.Helpers);
        Call(text, library, problem, plan);
        return text.ToString();
    }

    private static void Shape(StringBuilder text, TensorSpec spec)
    {
        var name = spec.Role.Name();
        text.Append(
            $"/* {name}: {spec.DType.Word()} {spec.Shape}, {spec.Access.ToString().ToLowerInvariant()} */\n"
        );
        text.Append(
            $"static const int64_t {name}_shape[] = {{{string.Join(", ", spec.Shape.Extents)}}};\n"
        );
        text.Append(
            $"static const int64_t {name}_strides[] = {{{string.Join(", ", spec.Strides)}}};\n"
        );
    }

    /// <summary>The elements as they lie in memory.</summary>
    private static void Bits(StringBuilder text, TensorSpec spec, Tensor tensor)
    {
        var bytes = tensor.Data.Span[(int)(tensor.Offset * tensor.DType.Size())..];
        IEnumerable<string> words = tensor.DType.Size() switch
        {
            8 => MemoryMarshal.Cast<byte, ulong>(bytes).ToArray().Select(bits => $"0x{bits:x16}u"),
            4 => MemoryMarshal.Cast<byte, uint>(bytes).ToArray().Select(bits => $"0x{bits:x8}u"),
            _ => MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(bits => $"0x{bits:x4}u"),
        };
        Array(text, $"uint{8 * tensor.DType.Size()}_t {spec.Role.Name()}_bits", words);
    }

    private static void Truth(StringBuilder text, TensorSpec spec, Expected[] expected)
    {
        Array(
            text,
            $"double {spec.Role.Name()}_truth",
            expected.Select(each => Number(each.Wanted()))
        );
        Array(
            text,
            $"double {spec.Role.Name()}_bound",
            expected.Select(each =>
                each.Claim is Claim.Finite or Claim.Nothing ? "-1" : Number(each.Bound)
            )
        );
    }

    private static void Array(StringBuilder text, string name, IEnumerable<string> items)
    {
        text.Append($"static const {name}[] = {{\n");
        foreach (var line in items.Chunk(PerLine))
        {
            text.Append("    ").AppendJoin(", ", line).Append(",\n");
        }

        text.Append("};\n\n");
    }

    private static void Call(
        StringBuilder text,
        string library,
        NormProblem problem,
        IReadOnlyList<TensorSpec> plan
    )
    {
        text.Append(
            $$"""
            int main(int count, char **arguments)
            {
                const char *path = count > 1 ? arguments[1] : {{Literal(library)}};
                void *library = dlopen(path, RTLD_NOW);
                if (!library) {
                    fprintf(stderr, "%s\n", dlerror());
                    return 2;
                }
                int32_t (*run)(const nc_problem *, const nc_tensors *);
                *(void **)&run = dlsym(library, "normcheck_run");
                if (!run) {
                    fprintf(stderr, "%s\n", dlerror());
                    return 2;
                }

                nc_problem problem;
                memset(&problem, 0, sizeof problem);
                problem.struct_size = sizeof problem;
                problem.op = {{(int)problem.Op}};
                problem.pass = {{(int)problem.Pass}};
                problem.rank = {{problem.Rank}};
                problem.shape = x_shape;
                problem.dtype = {{(int)problem.DType}};
                problem.channel_axis = {{problem.ChannelAxis}};
                problem.first_normalized_axis = {{problem.Axis}};
                problem.groups = {{problem.Groups}};
                problem.epsilon = {{Number(problem.Epsilon)}};
                problem.momentum = {{Number(problem.Momentum)}};
                problem.r_max = {{Number(problem.RMax)}};
                problem.d_max = {{Number(problem.DMax)}};
                problem.stored_variance = {{ProblemFields.StoredVariance(problem)}};

                nc_tensors tensors;
                memset(&tensors, 0, sizeof tensors);

            """
        );
        foreach (var spec in plan)
        {
            var name = spec.Role.Name();
            var bits = spec.IsInput ? $"{name}_bits" : "NULL";
            text.Append(
                $"    tensors.{name} = tensor({name}_shape, {name}_strides, {spec.Shape.Rank}, {(int)spec.DType}, {bits});\n"
            );
        }

        text.Append(
            """

                printf("status %d\n", run(&problem, &tensors));
                int wrong = 0;

            """
        );
        foreach (var spec in plan.Where(spec => spec.IsOutput))
        {
            var name = spec.Role.Name();
            text.Append(
                $"    wrong += show(\"{name}\", &tensors.{name}, {name}_truth, {name}_bound);\n"
            );
        }

        text.Append("    return wrong > 0;\n}\n");
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "NAN"
        : double.IsPositiveInfinity(value) ? "INFINITY"
        : double.IsNegativeInfinity(value) ? "-INFINITY"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Literal(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Comment(string text) =>
        text.Replace("*/", "* /", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
