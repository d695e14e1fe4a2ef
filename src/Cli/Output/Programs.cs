using System.ComponentModel;
using System.Diagnostics;

namespace NormCheck.Cli.Output;

/// <summary>Runs small programs for what they print.</summary>
internal static class Programs
{
    /// <summary>The first line of output; null where the program is missing, fails or takes too long.</summary>
    public static string? FirstLine(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start);
            if (process is null)
            {
                return null;
            }

            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(limit) || !Task.WaitAll([output, errors], limit))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            var line = output.Result.Split('\n', 2)[0].Trim();
            return process.ExitCode == 0 && line.Length > 0 ? line : null;
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return null;
        }
    }

    /// <summary>The full path of a program, as a shell would find it; null where there is none.</summary>
    public static string? Find(string program)
    {
        if (program.Contains('/'))
        {
            return File.Exists(program) ? Path.GetFullPath(program) : null;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
    }
}
