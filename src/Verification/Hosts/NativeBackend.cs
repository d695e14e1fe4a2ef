using System.Runtime.InteropServices;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// A shared library behind the C ABI, in a worker process: our own program speaking the wire protocol. A call that dies is
/// repeated with one protection after the other relaxed, which tells what it did.
/// </summary>
public sealed class NativeBackend : ProcessBackend
{
    private readonly CrashDiagnosis _diagnosis = new();

    /// <exception cref="InputException">The file is not there, or not a backend.</exception>
    public NativeBackend(
        string path,
        TimeSpan? limit = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
        : base(
            DotNet,
            ["exec", WorkerAssembly, "worker", "native", Existing(path)],
            limit,
            $"native:{path}",
            new Dictionary<string, string>(environment ?? new Dictionary<string, string>())
            {
                // The worker starts again after every crash: it had better start fast and leave no dumps.
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_DbgEnableMiniDump"] = "0",
            }
        ) { }

    public override RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        var output = problem.Pass.IsBackward() ? TensorRole.Dx : TensorRole.Y;
        var call = new Relaxation { InPlace = TensorBytes.SharedWith(output, tensors) is not null };
        if (call.InPlace && !Description.InPlace)
        {
            return new(RunStatus.Unsupported, $"{Description.Name} does not describe in_place");
        }

        var end = Call(problem, tensors, call.ToMetadata(), store: true);
        return end.IsMemoryFault
            ? _diagnosis.Explain(problem, call, end.Outcome, Replay)
            : end.Outcome;

        CallEnd Replay(Relaxation relaxed, bool anew)
        {
            if (anew)
            {
                Restart();
            }

            return Call(problem, tensors, relaxed.ToMetadata(), store: false);
        }
    }

    /// <summary>The program that runs .NET assemblies: the one this process runs on, which need not be in PATH.</summary>
    private static string DotNet
    {
        get
        {
            // shared/Microsoft.NETCore.App/VERSION/ lies three levels below it.
            var program = Path.GetFullPath(
                Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet")
            );
            return File.Exists(program) ? program : "dotnet";
        }
    }

    /// <summary>The command-line program, which lies beside this assembly, is the worker.</summary>
    private static string WorkerAssembly =>
        Path.Combine(AppContext.BaseDirectory, "NormCheck.Cli.dll") is var path && File.Exists(path)
            ? path
            : throw new InputException($"the worker program is not there: expected {path}");

    private static string Existing(string path) =>
        !OperatingSystem.IsLinux()
            ? throw new InputException("native: libraries can be run on Linux only")
        : File.Exists(path) ? Path.GetFullPath(path)
        : throw new InputException($"no such library: '{OneLine.Of(path)}'");
}
