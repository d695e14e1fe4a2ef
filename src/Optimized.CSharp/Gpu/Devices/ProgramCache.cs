using System.Security.Cryptography;
using System.Text;

namespace NormCheck.Optimized.Gpu;

/// <summary>
/// Compiled programs on disk, by source, device and driver. <c>NORMCHECK_KERNEL_CACHE</c> names another directory, or
/// <c>off</c>. A cache that cannot be read or written costs time, nothing else.
/// </summary>
internal static class ProgramCache
{
    private const string Variable = "NORMCHECK_KERNEL_CACHE";
    private const string Off = "off";

    /// <summary>The directory; null where there is none.</summary>
    public static string? Directory
    {
        get
        {
            var asked = Environment.GetEnvironmentVariable(Variable);
            if (asked == Off)
            {
                return null;
            }

            if (!string.IsNullOrEmpty(asked))
            {
                return asked;
            }

            var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg
                ? xdg
                : Path.Combine(
                    Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                    ".cache"
                );
            return Path.Combine(home, "normcheck", "kernels");
        }
    }

    public static byte[]? Find(string key) =>
        PathOf(key) is { } path
            ? Quietly(() => File.Exists(path) ? File.ReadAllBytes(path) : null)
            : null;

    public static void Keep(string key, byte[] program)
    {
        if (PathOf(key) is not { } path)
        {
            return;
        }

        Quietly(() =>
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // Another process may write the same file: each moves a whole one into place.
            var own = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
            File.WriteAllBytes(own, program);
            File.Move(own, path, overwrite: true);
            return path;
        });
    }

    public static void Drop(string key)
    {
        if (PathOf(key) is { } path)
        {
            Quietly(() =>
            {
                File.Delete(path);
                return path;
            });
        }
    }

    private static string? PathOf(string key) =>
        Directory is { } directory
            ? Path.Combine(
                directory,
                Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))
            )
            : null;

    private static T? Quietly<T>(Func<T?> access)
        where T : class
    {
        try
        {
            return access();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
