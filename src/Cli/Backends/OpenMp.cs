namespace NormCheck.Cli.Backends;

/// <summary>What OpenMP programs, and our adapters with them, read at their start.</summary>
internal static class OpenMp
{
    private const string Variable = "OMP_NUM_THREADS";
    private const string WaitPolicy = "OMP_WAIT_POLICY";

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

    /// <summary>
    /// Lets the threads of programs started from now on sleep between parallel regions, not spin, unless the caller's
    /// environment says otherwise: a campaign runs more of them than there are cores (oneDNN took six times as long).
    /// </summary>
    public static void WaitAsleep()
    {
        if (Environment.GetEnvironmentVariable(WaitPolicy) is null)
        {
            Environment.SetEnvironmentVariable(WaitPolicy, "PASSIVE");
        }
    }
}
