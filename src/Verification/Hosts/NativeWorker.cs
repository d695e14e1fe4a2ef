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
    private const int ReadWrite = 2;
    private const int CoreSize = 4;

    /// <summary>Serves standard input and output; the library's own output goes to standard error.</summary>
    public static int Serve(string path)
    {
        // Descriptors 0 and 1 are ours: what the library reads or prints must not get between the messages.
        using var input = Own(0, FileAccess.Read);
        using var output = Own(1, FileAccess.Write);
        _ = DuplicateTo(Open("/dev/null", ReadWrite), 0);
        _ = DuplicateTo(2, 1);

        // A crash is what we look for: nobody needs a dump of it.
        var none = default(Limit);
        _ = SetLimit(CoreSize, ref none);
        EndWithParent();

        NativeCall? call = null;
        NativeLibraryApi? library = null;
        NativeTimedCall? timed = null;
        while (true)
        {
            SafetensorsBlob request;
            try
            {
                request = Wire.Read(input);
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
                answer = Answer(command, request, library, call, ref timed);
            }
            catch (InputException error)
            {
                answer = Say("failed", error.Message);
            }

            Wire.Write(output, answer);
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
        NativeCall call,
        ref NativeTimedCall? timed
    )
    {
        if (command is not ("repeat" or "collect"))
        {
            // Whatever else is asked may need the memory that a prepared call lies in.
            timed?.Dispose();
            timed = null;
        }

        switch (command)
        {
            case "describe":
                var description = Say("ok", "");
                foreach (var (key, value) in library.Description.Metadata)
                {
                    _ = description.Metadata.TryAdd(key, value);
                }

                return description;
            case "supports":
                return call.Supports(ProblemFields.Read(request));
            case "run":
                return call.Run(ProblemFields.Read(request), request);
            case "time":
                return call.Time(ProblemFields.Read(request), request);
            case "prepare":
                timed = call.Prepare(ProblemFields.Read(request), request);
                return timed.Prepared();
            case "repeat" or "collect" when timed is null:
                return Say("invalid_argument", $"'{command}' wants a call that 'prepare' set up");
            case "repeat":
                return timed.Repeat(request);
            case "collect":
                return timed.Collect();
            case "release":
                return Say("ok", "");
            default:
                return Say("unsupported", $"no command '{OneLine.Of(command)}'");
        }
    }

    private static FileStream Own(int descriptor, FileAccess access) =>
        new(new SafeFileHandle(Duplicate(descriptor), ownsHandle: true), access, bufferSize: 0);

    /// <summary>
    /// A library that hangs while its caller is gone would hang for ever. The kernel can signal that too, but it does so
    /// when the thread that started us ends, and threads of a pool do.
    /// </summary>
    private static void EndWithParent()
    {
        var parent = ParentId();
        new Thread(() =>
        {
            while (ParentId() == parent)
            {
                Thread.Sleep(1000);
            }

            EndNow(1);
        })
        {
            IsBackground = true,
            Name = "parent watch",
        }.Start();
    }

    /// <summary>struct rlimit.</summary>
    private struct Limit
    {
        public ulong Current;
        public ulong Most;
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int DuplicateTo(int from, int to);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ref Limit limit);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int ParentId();

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void EndNow(int code);
}
