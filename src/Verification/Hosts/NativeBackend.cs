using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// A shared library behind the C ABI, in a worker process: our own program speaking the wire protocol. A call that dies is
/// repeated with one protection after the other relaxed, which tells what it did.
/// </summary>
public sealed class NativeBackend : ProcessBackend
{
    private readonly CrashDiagnosis _diagnosis;

    /// <exception cref="InputException">The file is not there, or not a backend.</exception>
    public NativeBackend(string path, TimeSpan? limit = null)
        : base(
            DotNet,
            [WorkerAssembly, "worker", "native", Existing(path)],
            limit,
            $"native:{path}"
        )
    {
        _diagnosis = new((problem, tensors, relaxation) => Run(problem, tensors, relaxation));
    }

    private static string DotNet =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : "dotnet";

    /// <summary>The command-line program, which lies beside this assembly, is the worker.</summary>
    private static string WorkerAssembly =>
        Path.Combine(AppContext.BaseDirectory, "NormCheck.Cli.dll") is var path && File.Exists(path)
            ? path
            : throw new InputException($"the worker program is not there: expected {path}");

    public override RunOutcome Run(NormProblem problem, TensorSet tensors)
    {
        var outcome = Run(problem, tensors, []);
        return outcome.Status == RunStatus.Signal
            ? _diagnosis.Explain(problem, tensors, outcome)
            : outcome;
    }

    private static string Existing(string path) =>
        File.Exists(path)
            ? Path.GetFullPath(path)
            : throw new InputException($"no such library: '{path}'");
}
