using System.CommandLine;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Optimized.Gpu;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck doctor</c>: what this machine offers, and how to get what is missing.</summary>
internal static class DoctorCommand
{
    /// <summary>torch takes seconds to load from a cold disk.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>One thing: what it is, what was found (null: missing), and how to get it.</summary>
    private sealed record Item(string Name, string? Found, string Install);

    public static Command Create(Terminal terminal)
    {
        var command = new Command(
            "doctor",
            "what this machine offers, and how to get what is missing"
        );
        command.SetAction(_ => Run(terminal));
        return command;
    }

    private static int Run(Terminal terminal)
    {
        Section(terminal, "machine", Machine());
        Func<Item>[] programs =
        [
            () => Program("gcc", "gcc", ["--version"], "apt-get install gcc"),
            () => Program("cc", "cc", ["--version"], "apt-get install gcc"),
            () => Program("python3", Python, ["--version"], "apt-get install python3"),
            () => Module("numpy", "apt-get install python3-numpy"),
            () => Module("torch", "apt-get install python3-torch"),
            () => Program("node", "node", ["--version"], "apt-get install nodejs"),
            () => Program("npm", "npm", ["--version"], "apt-get install npm"),
        ];
        var found = new Item[programs.Length];
        Parallel.For(0, programs.Length, i => found[i] = programs[i]());
        Section(terminal, "programs", found);
        Section(
            terminal,
            "libraries",
            [
                Library(
                    "OpenCL loader",
                    ["libOpenCL.so.1"],
                    "apt-get install ocl-icd-libopencl1 pocl-opencl-icd"
                ),
                Library("CUDA driver", ["libcuda.so.1"], "comes with the driver of an NVIDIA GPU"),
                Library(
                    "oneDNN",
                    ["libdnnl.so.3", "libdnnl.so.2"],
                    "apt-get install libdnnl2 (with headers: libdnnl-dev)"
                ),
            ]
        );
        Section(
            terminal,
            "devices",
            [
                .. Devices("opencl", () => GpuDevices.OpenCl),
                .. Devices("cuda", () => GpuDevices.Cuda),
            ]
        );
        var adapters = AdapterRegistry
            .All()
            .SelectMany(each => Versions(each.Key, each.Value))
            .ToArray();
        var systems = new Item[adapters.Length];
        Parallel.For(
            0,
            adapters.Length,
            i => systems[i] = System(adapters[i].Name, adapters[i].Adapter)
        );
        Section(terminal, "systems", systems);
        return ExitCode.Held;
    }

    /// <summary>
    /// What there is of an adapter: the version that is meant where none is named, and of an entry that is no variant all
    /// others that are installed.
    /// </summary>
    internal static IEnumerable<(string Name, Adapter Adapter)> Versions(
        string name,
        Adapter adapter
    )
    {
        var others = adapter.Base is null
            ? adapter.InstalledVersions().Where(version => version != adapter.Version)
            : [];
        return
        [
            (name, adapter),
            .. others.Select(version =>
                (AdapterWord.WithVersion(name, version), adapter with { Version = version })
            ),
        ];
    }

    /// <summary>A named adapter, by starting it: only then all that it needs is there.</summary>
    private static Item System(string name, Adapter adapter)
    {
        try
        {
            using var backend = AdapterRegistry.Start(name, adapter, s_limit);
            var about = backend.Description;
            return new(name, $"{about.Name} {about.Version}", "");
        }
        catch (NothingRanException)
        {
            return new(name, null, adapter.Expand(adapter.Install));
        }
    }

    /// <summary>The devices that kernels can run on, and why others cannot be used.</summary>
    private static IEnumerable<Item> Devices(string kind, Func<IReadOnlyList<GpuDevice>> find)
    {
        try
        {
            return
            [
                .. find()
                    .Select(
                        (device, number) =>
                            device.Refuses is { } reason
                                ? new Item($"{kind}:{number}", null, $"{device}: {reason}")
                                : new Item($"{kind}:{number}", Text(device), "")
                    ),
            ];
        }
        catch (Exception error) when (error is GpuMissingException or GpuException)
        {
            return [new(kind, null, error.Message)];
        }

        static string Text(GpuDevice device) =>
            $"{device}, {device.MemoryBytes / (1L << 30)} GiB"
            + (device.HasDouble ? "" : ", no binary64: tier fast alone");
    }

    /// <summary>Debian's Python, for which Debian's torch is; a python3 earlier on the PATH may lack it.</summary>
    private static string Python =>
        File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    private static Item[] Machine() =>
        [
            new(".NET", RuntimeInformation.FrameworkDescription, ""),
            new(
                "system",
                $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
                ""
            ),
            new("cores", $"{Environment.ProcessorCount}", ""),
            new("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB", ""),
            new(
                "vectors",
                Vector.IsHardwareAccelerated
                    ? $"{Vector<float>.Count} x f32, {Vector<double>.Count} x f64 a register"
                    : null,
                "no vector unit: simd runs as scalar code"
            ),
            new("sets", InstructionSets(), "none that is known here"),
        ];

    private static string? InstructionSets()
    {
        (string Name, bool Has)[] sets =
        [
            ("AVX2", Avx2.IsSupported),
            ("FMA", Fma.IsSupported),
            ("AVX-512F", Avx512F.IsSupported),
            ("512-bit accelerated", Vector512.IsHardwareAccelerated),
            ("NEON", AdvSimd.IsSupported),
        ];
        var has = sets.Where(set => set.Has).Select(set => set.Name).ToArray();
        return has.Length > 0 ? string.Join(", ", has) : null;
    }

    private static Item Program(
        string name,
        string program,
        IReadOnlyList<string> arguments,
        string install
    ) => new(name, Programs.FirstLine(program, arguments, s_limit), install);

    private static Item Module(string name, string install) =>
        new(
            name,
            Programs.FirstLine(Python, ["-c", $"import {name}; print({name}.__version__)"], s_limit)
                is { } version
                ? $"{version} in {Python}"
                : null,
            install
        );

    private static Item Library(string name, IReadOnlyList<string> files, string install) =>
        new(name, files.FirstOrDefault(Loads), install);

    private static bool Loads(string file)
    {
        if (!NativeLibrary.TryLoad(file, out var handle))
        {
            return false;
        }

        NativeLibrary.Free(handle);
        return true;
    }

    private static void Section(Terminal terminal, string title, IReadOnlyList<Item> items)
    {
        terminal.Out.WriteLine(title);
        var width = items.Max(item => item.Name.Length);
        foreach (var item in items)
        {
            var name = item.Name.PadRight(width);
            var line =
                item.Found is { } found ? $"ok       {name}  {found}"
                : item.Install.Length > 0 ? $"missing  {name}  {item.Install}"
                : $"missing  {item.Name}";
            terminal.Out.WriteLine($"  {line}");
        }
    }
}
