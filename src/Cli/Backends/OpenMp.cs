namespace NormCheck.Cli.Backends;

/// <summary>What OpenMP programs, and our adapters with them, read at their start.</summary>
internal static class OpenMp
{
    private const string Variable = "OMP_NUM_THREADS";

    /// <summary>Says how many threads programs started from now on may take, unless the caller's environment says it.</summary>
    public static void DefaultThreads(int threads)
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            SetThreads(threads);
        }
    }

    /// <summary>The same whatever the caller's environment says.</summary>
    public static void SetThreads(int threads) =>
        Environment.SetEnvironmentVariable(Variable, $"{threads}");
}
