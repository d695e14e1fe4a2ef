using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// The program that loads a shared library and speaks the wire protocol for it, one request at a time, until its input
/// ends. It may die in any call; that is why it is a process of its own.
/// </summary>
public static partial class NativeWorker
{
    /// <summary>Serves standard input and output; the library's own output goes to standard error.</summary>
    public static int Serve(string path)
    {
        // Descriptor 1 is ours: what the library prints must not get between the messages.
        using var output = new FileStream(new SafeFileHandle(Duplicate(1), ownsHandle: true), FileAccess.Write, 0);
        _ = DuplicateTo(2, 1);
        using var input = Console.OpenStandardInput();
        NativeLibraryApi? library = null;
        NativeCall? call = null;
        while (true)
        {
            SafetensorsBlob request;
            try
            {
                request = Wire.ReadAsync(input, CancellationToken.None).GetAwaiter().GetResult();
            }
            catch (EndOfStreamException)
            {
                return 0;
            }

            var command = request.Metadata.GetValueOrDefault("command");
            if (command == "quit")
            {
                return 0;
            }

            SafetensorsBlob answer;
            try
            {
                library ??= new NativeLibraryApi(path);
                call ??= new NativeCall(library);
                answer = Answer(command, request, library, call);
            }
            catch (InputException error)
            {
                answer = Say("failed", error.Message);
            }

            Wire.WriteAsync(output, answer, CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    internal static SafetensorsBlob Say(string status, string message)
    {
        var answer = new SafetensorsBlob();
        answer.Metadata["status"] = status;
        answer.Metadata["message"] = message;
        return answer;
    }

    private static SafetensorsBlob Answer(
        string? command,
        SafetensorsBlob request,
        NativeLibraryApi library,
        NativeCall call
    )
    {
        switch (command)
        {
            case "describe":
                var description = Say("ok", "");
                foreach (var (key, value) in library.Description.Metadata)
                {
                    description.Metadata[key] = value;
                }

                return description;
            case "supports":
                var answer = Say("ok", "");
                answer.Metadata["supported"] = call.Supports(Problem(request)) ? "1" : "0";
                answer.Metadata["message"] = "normcheck_supports says no";
                return answer;
            case "run":
                return call.Run(Problem(request), request);
            default:
                return Say("unsupported", $"no command '{command}'");
        }
    }

    private static NormProblem Problem(SafetensorsBlob request) =>
        ProblemText.Parse(request.Require(ProblemFields.CaseKey));

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial nint Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int DuplicateTo(int from, int to);
}
