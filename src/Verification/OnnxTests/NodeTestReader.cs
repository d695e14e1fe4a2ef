using NormCheck.Contract;

namespace NormCheck.Verification.OnnxTests;

/// <summary>
/// Finds ONNX node tests in a folder: <c>TEST/model.onnx</c> and beside it <c>test_data_set_N/input_K.pb</c>,
/// <c>output_K.pb</c>, where K counts the inputs and outputs of the graph.
/// </summary>
public static class NodeTestReader
{
    private const string ModelFile = "model.onnx";
    private const string DataSets = "test_data_set_*";

    /// <summary>The tests of a folder: the folder itself where it holds a model, otherwise those right in it.</summary>
    /// <exception cref="InputException">There is no test, or a file of one cannot be read.</exception>
    public static NodeTestFolder Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException(
                $"no folder '{folder}': expected a folder with {ModelFile}, or one of such folders"
            );
        }

        var whole = Path.GetFullPath(folder);
        string[] holders = File.Exists(Path.Combine(whole, ModelFile))
            ? [whole]
            :
            [
                .. Directory
                    .EnumerateDirectories(whole)
                    .Where(each => File.Exists(Path.Combine(each, ModelFile)))
                    .Order(StringComparer.Ordinal),
            ];
        if (holders.Length == 0)
        {
            throw new InputException(
                $"no ONNX node test in '{folder}': expected {ModelFile} in it or in folders of it"
            );
        }

        var tests = new List<NodeTest>();
        var unsupported = new List<UnsupportedTest>();
        var others = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var holder in holders)
        {
            ReadTest(holder, tests, unsupported, others);
        }

        return new(tests, unsupported, others);
    }

    private static void ReadTest(
        string folder,
        List<NodeTest> tests,
        List<UnsupportedTest> unsupported,
        SortedDictionary<string, int> others
    )
    {
        var name = Path.GetFileName(folder);
        var model = OnnxReader.ReadModel(Path.Combine(folder, ModelFile));
        var nodes = model.Graph.Nodes;
        var operators = string.Join(", ", nodes.Select(node => node.Operator).Distinct());
        if (!nodes.Any(NodeOperators.IsNorm))
        {
            others[operators] = others.GetValueOrDefault(operators) + 1;
            return;
        }

        if (nodes is not [var node])
        {
            unsupported.Add(new(name, operators, $"{nodes.Count} nodes, expected one"));
            return;
        }

        var version = NodeOperators.Name(node, model.Opset);
        string[] sets =
        [
            .. Directory.EnumerateDirectories(folder, DataSets).Order(StringComparer.Ordinal),
        ];
        if (sets.Length == 0)
        {
            unsupported.Add(new(name, version, $"no data: expected folders {DataSets}"));
        }

        foreach (var set in sets)
        {
            var full = sets.Length == 1 ? name : $"{name}/{Path.GetFileName(set)}";
            try
            {
                var inputs = Tensors(set, "input", model.Graph.Inputs, optional: true);
                foreach (var constant in model.Graph.Initializers)
                {
                    inputs.TryAdd(constant.Name, constant);
                }

                var outputs = Tensors(set, "output", model.Graph.Outputs, optional: false);
                var (problem, given, expected) = NodeMapping.Map(
                    node,
                    model.Opset,
                    inputs,
                    outputs
                );
                tests.Add(new(full, version, problem, given, expected));
            }
            catch (NotExpressibleException error)
            {
                unsupported.Add(new(full, version, error.Message));
            }
            catch (InputException error)
            {
                throw new InputException($"{full}: {error.Message}");
            }
        }
    }

    /// <summary>The tensors of KIND_K.pb by the K-th name. An input may be missing where the model has a constant.</summary>
    private static Dictionary<string, OnnxTensor> Tensors(
        string folder,
        string kind,
        IReadOnlyList<string> names,
        bool optional
    )
    {
        var tensors = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (var k = 0; k < names.Count; k++)
        {
            var path = Path.Combine(folder, $"{kind}_{k}.pb");
            if (!optional || File.Exists(path))
            {
                tensors[names[k]] = OnnxReader.ReadTensor(path);
            }
        }

        return tensors;
    }
}
