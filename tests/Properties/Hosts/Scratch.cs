namespace NormCheck.Properties.Hosts;

/// <summary>Folders for programs and libraries that tests write; they go when the tests end.</summary>
internal static class Scratch
{
    private static readonly Lazy<string> s_root = new(() =>
    {
        var root = Directory.CreateTempSubdirectory("normcheck-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            try
            {
                Directory.Delete(root, recursive: true);
            }
            catch (IOException)
            {
                // A child that has not ended yet may still write there.
            }
        };
        return root;
    });

    private static int s_count;

    public static string Folder(string name) =>
        Directory
            .CreateDirectory(
                Path.Combine(s_root.Value, $"{name}{Interlocked.Increment(ref s_count)}")
            )
            .FullName;
}
