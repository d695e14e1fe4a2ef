using System.Diagnostics;
using NormCheck.Cli.Backends;

namespace NormCheck.Properties;

/// <summary>
/// Programs that some tests need. A machine without one skips the test and says why; with NORMCHECK_NO_SKIP=1, as in
/// .ci/run, that is a failure.
/// </summary>
internal static class Tools
{
    /// <summary>The repository, found from the place of the test assembly.</summary>
    public static string Root { get; } = FindRoot();

    public static void Need(bool present, string what)
    {
        if (!present && Environment.GetEnvironmentVariable("NORMCHECK_NO_SKIP") == "1")
        {
            Assert.Fail($"{what} is needed here (NORMCHECK_NO_SKIP=1)");
        }

        Skip.IfNot(present, $"{what} is not on this machine");
    }

    public static void NeedCompiler() => Need(Exists("cc"), "a C compiler (cc)");

    public static void NeedPython(string module) =>
        Need(
            File.Exists("/usr/bin/python3")
                && Run("/usr/bin/python3", "-c", $"import {module}").Code == 0,
            $"python3 with {module}"
        );

    public static void NeedNode() => Need(Exists("node"), "node");

    /// <summary>The folder of an adapter's version, for adapters that have versions.</summary>
    public static string NeedAdapter(string word)
    {
        NeedNode();
        var adapter = AdapterWord.Find(AdapterRegistry.All(), word)!;
        Need(
            adapter.InstalledVersions().Contains(adapter.Version),
            $"{word}, to be had by {adapter.Expand(adapter.Install)},"
        );
        return adapter.Expand(adapter.Folder!);
    }

    /// <summary>The shared library of an adapter that is one.</summary>
    public static void NeedLibrary(string word)
    {
        var adapter = AdapterWord.Find(AdapterRegistry.All(), word)!;
        Need(
            File.Exists(adapter.Expand(adapter.Library!)),
            $"{word}, to be had by {adapter.Expand(adapter.Install)},"
        );
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int Code, string Output) Run(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    private static string FindRoot()
    {
        for (
            var folder = AppContext.BaseDirectory;
            folder is not null;
            folder = Path.GetDirectoryName(folder)
        )
        {
            if (File.Exists(Path.Combine(folder, "Verification.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("expected the tests to run inside the repository");
    }
}
