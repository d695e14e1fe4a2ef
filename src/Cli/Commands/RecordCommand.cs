using System.CommandLine;
using System.Globalization;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Output;
using NormCheck.Cli.Problems;
using NormCheck.Contract;
using NormCheck.Verification.Recordings;

namespace NormCheck.Cli.Commands;

/// <summary><c>normcheck record</c>: the bits that a system gives for a list of cases, as golden vectors.</summary>
internal static class RecordCommand
{
    public static Command Create(Terminal terminal)
    {
        var backend = new Argument<string>("BACKEND") { Description = "what to record" };
        var cases = new Option<string>("--cases")
        {
            Description =
                "a file with one case a line, or a list of 'normcheck list problems'; where a line has no convention it gets the backend's",
            Required = true,
        };
        var file = new Option<string>("--out")
        {
            Description =
                "the .safetensors file to write, or a folder, where it becomes BACKEND-VERSION.safetensors",
            Required = true,
        };
        var timeout = SharedOptions.Timeout();
        var command = new Command(
            "record",
            "write what a backend gives for a list of cases, bit for bit, as golden vectors"
        )
        {
            backend,
            cases,
            file,
            timeout,
        };
        command.SetAction(parsed =>
            Run(
                terminal,
                parsed.GetRequiredValue(backend),
                parsed.GetRequiredValue(cases),
                parsed.GetRequiredValue(file),
                SharedOptions.TimeLimit(parsed.GetValue(timeout))
            )
        );
        return command;
    }

    private static int Run(
        Terminal terminal,
        string backendText,
        string list,
        string file,
        TimeSpan? timeout
    )
    {
        // Sums over several threads depend on their number.
        OpenMp.DefaultThreads(1);
        using var pool = new BackendPool(BackendCatalogue.Resolve(backendText, timeout));
        using var backend = pool.Start();
        var described = backend.Description;
        var cases = ProblemList.Load(list, Conventions.Get(described.Convention));
        terminal.Out.WriteLine(
            $"record    {described.Name} {described.Version}, convention {described.Convention}, threads {described.Threads}"
        );
        var vectors = new List<RecordedVector>();
        foreach (var @case in cases)
        {
            var (vector, reason) = Recorder.Record(backend, @case);
            if (vector is null)
            {
                terminal.Out.WriteLine($"left out  {@case.Text}: {reason}");
            }
            else
            {
                vectors.Add(vector);
            }
        }

        if (vectors.Count == 0)
        {
            throw new NothingRanException(
                $"{described.Name} does none of the {cases.Count} cases of {list}"
            );
        }

        file = Directory.Exists(file) ? Path.Combine(file, NameOf(backendText, described)) : file;
        var recording = new Recording
        {
            Backend = backendText,
            System = described.Name,
            Version = described.Version,
            Command =
                $"{CommandText.Program} record {CommandText.Quote(backendText)} --cases {CommandText.Quote(list)} --out {CommandText.Quote(file)}",
            Date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            InstructionSet = InstructionSet.OfThisMachine,
            Threads = described.Threads,
            Vectors = vectors,
        };
        RecordingFile.Write(file, recording);
        terminal.Out.WriteLine(
            $"written   {file}: {vectors.Count} vectors, {vectors.Sum(vector => vector.Outputs.Roles.Count())} outputs, {cases.Count - vectors.Count} left out"
        );
        return ExitCode.Held;
    }

    /// <summary>onnxruntime@1.20.1 and onednn:blocked as onnxruntime-1.20.1.safetensors, onednn-blocked-2.6.3.safetensors.</summary>
    private static string NameOf(string backendText, BackendDescription described)
    {
        var word = backendText.Split('@')[0];
        var name = string.Concat(
            $"{word}-{described.Version}".Select(letter =>
                char.IsAsciiLetterOrDigit(letter) || letter == '.' ? letter : '-'
            )
        );
        return $"{name}.safetensors";
    }
}
