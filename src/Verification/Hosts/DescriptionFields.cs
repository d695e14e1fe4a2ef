using System.Globalization;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>A backend's description of itself as metadata (docs/protocol.md, answer to describe).</summary>
public static class DescriptionFields
{
    public const string Abi = "1";

    public static void Write(BackendDescription description, IDictionary<string, string> metadata)
    {
        metadata["abi"] = Abi;
        metadata["name"] = description.Name;
        metadata["version"] = description.Version;
        metadata["ops"] = string.Join(',', description.Ops.Select(op => op.Word()));
        metadata["passes"] = string.Join(',', description.Passes.Select(ProblemFields.PassWord));
        metadata["dtypes"] = string.Join(',', description.DTypes.Select(dtype => dtype.Word()));
        metadata["layouts"] = string.Join(',', description.Layouts.Select(layout => layout.Word()));
        metadata["strides"] = description.Strides ? "1" : "0";
        metadata["in_place"] = description.InPlace ? "1" : "0";
        metadata["threads"] = description.Threads.ToString(CultureInfo.InvariantCulture);
        metadata["convention"] = description.Convention;
    }

    /// <exception cref="InputException">A field is missing or holds a word that is not known.</exception>
    public static BackendDescription Read(SafetensorsBlob blob)
    {
        var abi = blob.Metadata.GetValueOrDefault("abi", Abi);
        if (abi != Abi)
        {
            throw new InputException(
                $"expected ABI version {Abi}, the backend has {OneLine.Of(abi)}"
            );
        }

        return new()
        {
            Name = OneLine.Of(blob.Require("name")),
            Version = OneLine.Of(blob.Require("version")),
            Ops = Words(blob, "ops", NormOps.All, op => op.Word()),
            Passes = Words(blob, "passes", NormPasses.All, ProblemFields.PassWord),
            DTypes = Words(blob, "dtypes", DTypes.All, dtype => dtype.Word()),
            Layouts = Words(blob, "layouts", Layouts.All, layout => layout.Word()),
            Strides = Flag(blob, "strides"),
            InPlace = Flag(blob, "in_place"),
            Threads = int.TryParse(
                blob.Metadata.GetValueOrDefault("threads", "1"),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var threads
            )
                ? threads
                : throw new InputException(
                    $"expected a number of threads, got '{blob.Line("threads")}'"
                ),
            Convention = Conventions
                .Get(blob.Metadata.GetValueOrDefault("convention", Conventions.Default.Name))
                .Name,
        };
    }

    /// <summary>A comma list of known words; absent means all.</summary>
    private static IReadOnlyList<T> Words<T>(
        SafetensorsBlob blob,
        string key,
        IReadOnlyList<T> known,
        Func<T, string> word
    )
    {
        if (!blob.Metadata.TryGetValue(key, out var text))
        {
            return known;
        }

        return
        [
            .. text.Split(
                    ',',
                    StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
                )
                .Select(each =>
                {
                    var index = known.ToList().FindIndex(candidate => word(candidate) == each);
                    return index >= 0
                        ? known[index]
                        : throw new InputException(
                            $"'{OneLine.Of(each)}' in {key}: expected some of {string.Join(", ", known.Select(word))}"
                        );
                }),
        ];
    }

    private static bool Flag(SafetensorsBlob blob, string key) =>
        blob.Metadata.GetValueOrDefault(key, "0") switch
        {
            "0" => false,
            "1" => true,
            var other => throw new InputException(
                $"expected 0 or 1 for {key}, got '{OneLine.Of(other)}'"
            ),
        };
}
