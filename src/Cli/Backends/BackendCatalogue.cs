using NormCheck.Cli.Output;
using NormCheck.Contract;
using NormCheck.Faults.Variants;
using NormCheck.Faults.Wrong;
using NormCheck.Optimized;
using NormCheck.Verification.Hosts;

namespace NormCheck.Cli.Backends;

/// <summary>Turns the BACKEND word of the command line into something that starts it.</summary>
internal static class BackendCatalogue
{
    public const string Default = "simd";

    private const string ReferenceForm = "reference";
    private const string VariantForm = "variant";
    private const string FaultForm = "fault";
    private const string Native = "native";
    private const string DotNet = "dotnet";
    private const string Exec = "exec";

    private static readonly (string Word, string Summary, Func<INormBackend> Create)[] s_embedded =
    [
        ("simd", "vector kernels, within one ulp (the default)", () => new SimdBackend()),
        (
            "simd:fast",
            "the same with arithmetic in f32: contract pairwise",
            () => new SimdBackend(new() { Tier = Tier.Fast })
        ),
        ("scalar", "plain sequential loops", () => new ScalarBackend()),
        (
            "reference",
            "the reference page in plain binary64, rounded once",
            () => new ReferenceBackend()
        ),
    ];

    private static readonly (string Form, string Summary)[] s_forms =
    [
        (
            $"{ReferenceForm}:CONVENTION",
            "the same as a system of that convention computes, see 'normcheck list conventions'"
        ),
        (
            $"{VariantForm}:ID",
            "a correct kernel of a way of its own, see 'normcheck list variants'"
        ),
        ($"{FaultForm}:ID", "a kernel that is wrong on purpose, see 'normcheck list faults'"),
        (
            $"{GpuWord.OpenCl}[:N][:fast]",
            "the GPU kernels on an OpenCL device, see 'normcheck doctor' and docs/gpu.md"
        ),
        ($"{GpuWord.Cuda}[:N][:fast]", "the same on an NVIDIA GPU without OpenCL"),
        ($"{Native}:PATH.so", "a shared library with the functions of backends/native/normcheck.h"),
        ($"{DotNet}:PATH.dll#Type", "a class that implements NormCheck.Contract.INormBackend"),
        ($"{Exec}:COMMAND ARG…", "a program that speaks the protocol of docs/protocol.md"),
    ];

    /// <exception cref="InputException">Nothing has that name, or a file is missing.</exception>
    /// <exception cref="NothingRanException">It has, but the system is not installed.</exception>
    public static Func<INormBackend> Resolve(string text, TimeSpan? timeout)
    {
        foreach (var (word, _, create) in s_embedded)
        {
            if (word == text)
            {
                return () => new GuardedBackend(create());
            }
        }

        var (form, rest) = Split(text);
        switch (form)
        {
            case ReferenceForm:
                var convention = Conventions.Get(rest);
                return () => new GuardedBackend(new ConventionBackend(convention));
            case VariantForm:
                var variant = Words.One(
                    "variant",
                    rest,
                    VariantCatalogue.All.Select(each => (each.Id, each))
                );
                return () => new GuardedBackend(variant.Start());
            case FaultForm:
                var fault = Words.One(
                    "fault",
                    rest,
                    FaultCatalogue.All.Select(each => (each.Id, each))
                );
                return () => new GuardedBackend(fault.Start());
            case Native:
                var library = ExistingLibrary(rest);
                return () => new NativeBackend(library, timeout);
            case GpuWord.OpenCl or GpuWord.Cuda:
            case "" when text is GpuWord.OpenCl or GpuWord.Cuda:
                return GpuWord.Resolve(text);
            case DotNet:
                var type = AssemblyBackend.Resolve(rest);
                return () => new GuardedBackend(type());
            case Exec:
                var (program, arguments) = Command(rest);
                return () => new ProcessBackend(program, arguments, timeout);
            default:
                return AdapterWord.Find(AdapterRegistry.All(), text) is { } adapter
                    ? () => AdapterRegistry.Start(text, adapter, timeout)
                    : throw Unknown(text);
        }
    }

    /// <summary>The shared library of a native backend; null for any other.</summary>
    public static string? LibraryOf(string text) =>
        Split(text) is (Native, var path) ? Path.GetFullPath(path) : null;

    /// <summary>True where the backend runs in this process, so that another of its kind costs nothing.</summary>
    public static bool IsEmbedded(string text) =>
        s_embedded.Any(each => each.Word == text)
        || GpuWord.Is(text)
        || Split(text).Form is ReferenceForm or VariantForm or FaultForm or DotNet;

    /// <summary>
    /// True for what our own fast kernels are measured against: every backend but <c>simd</c>, its tiers, and the same on GPUs.
    /// </summary>
    public static bool IsPeer(string text) =>
        text != Default
        && !text.StartsWith($"{Default}:", StringComparison.Ordinal)
        && !GpuWord.Is(text);

    /// <summary>True where the word itself says what file or program is run.</summary>
    public static bool RunsCodeOfCaller(string text) =>
        Split(text).Form is Native or DotNet or Exec;

    /// <summary>What there is, one line each, for <c>normcheck list backends</c>.</summary>
    public static IEnumerable<(string Id, string Text)> List() =>
        [
            .. s_embedded.Select(each => (each.Word, each.Summary)),
            .. AdapterRegistry
                .All()
                .Select(each => (Form(each.Key, each.Value), each.Value.Summary)),
            .. s_forms,
        ];

    /// <summary>The word of an adapter, with the place of a version where it takes one.</summary>
    private static string Form(string entry, Adapter adapter) =>
        adapter.Version is null
            ? entry
            : AdapterWord
                .WithVersion(entry, "VERSION")
                .Replace("@VERSION", "[@VERSION]", StringComparison.Ordinal);

    private static (string Form, string What) Split(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", text) : (text[..colon], text[(colon + 1)..]);
    }

    private static string ExistingLibrary(string path) =>
        File.Exists(path)
            ? Path.GetFullPath(path)
            : throw new InputException($"no library at '{path}': expected {Native}:PATH.so");

    /// <summary>Words are split at blanks and handed to the program as they are: no shell is involved.</summary>
    private static (string Program, IReadOnlyList<string> Arguments) Command(string text)
    {
        var words = text.Split(
            ' ',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        if (words.Length == 0)
        {
            throw new InputException($"no command given: expected {Exec}:COMMAND ARG…");
        }

        return Programs.Find(words[0]) is { } program
            ? (program, words[1..])
            : throw new InputException(
                words[0].Contains('/')
                    ? $"no program at '{words[0]}'"
                    : $"no program '{words[0]}' on the PATH"
            );
    }

    private static InputException Unknown(string text) =>
        new(
            $"unknown backend '{text}': expected one of {string.Join(", ", List().Select(each => each.Id))}"
        );
}
