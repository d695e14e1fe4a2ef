using NormCheck.Cli;
using NormCheck.Cli.Output;

namespace NormCheck.Properties.Cli;

/// <summary>Runs the program's entry point in this process, as a pipe would see it.</summary>
internal static class CommandLine
{
    public static (int Code, string Out, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = Program.Run(arguments, new Terminal { Out = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}

/// <summary>A folder that is there for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("normcheck-test-");

    public string File(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
