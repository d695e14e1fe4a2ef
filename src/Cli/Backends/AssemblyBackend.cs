using System.Reflection;
using System.Runtime.Loader;
using NormCheck.Contract;

namespace NormCheck.Cli.Backends;

/// <summary>Backend <c>dotnet:PATH.dll#Type</c>: a class of any assembly that implements <see cref="INormBackend"/>.</summary>
internal static class AssemblyBackend
{
    /// <exception cref="InputException">The assembly cannot be loaded or holds no such class.</exception>
    public static Func<INormBackend> Resolve(string text)
    {
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        var path = Path.GetFullPath(hash < 0 ? text : text[..hash]);
        if (!File.Exists(path))
        {
            throw new InputException($"no assembly at '{path}': expected dotnet:PATH.dll#Type");
        }

        var fits = Classes(path);
        var name = hash < 0 ? "" : text[(hash + 1)..];
        var type =
            name.Length == 0 && fits.Length == 1
                ? fits[0]
                : Array.Find(fits, each => each.FullName == name || each.Name == name);
        return type is null
            ? throw new InputException(
                $"no backend '{name}' in {path}: expected one of {(fits.Length == 0 ? "(none)" : string.Join(", ", fits.Select(each => each.FullName)))}, "
                    + "public classes that implement NormCheck.Contract.INormBackend and have a constructor without parameters"
            )
            : () => Create(type);
    }

    private static Type[] Classes(string path)
    {
        try
        {
            // Beside the program's own assemblies, so that INormBackend is the same type; the rest from the folder.
            var folder = Path.GetDirectoryName(path)!;
            AssemblyLoadContext.Default.Resolving += (context, wanted) =>
            {
                var file = Path.Combine(folder, $"{wanted.Name}.dll");
                return File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
            };
            return
            [
                .. Assembly
                    .LoadFrom(path)
                    .GetExportedTypes()
                    .Where(type =>
                        typeof(INormBackend).IsAssignableFrom(type)
                        && !type.IsAbstract
                        && type.GetConstructor(Type.EmptyTypes) is not null
                    ),
            ];
        }
        catch (Exception error)
            when (error is BadImageFormatException or IOException or TypeLoadException)
        {
            throw new InputException($"cannot load '{path}': {error.Message}");
        }
    }

    private static INormBackend Create(Type type)
    {
        try
        {
            return (INormBackend)Activator.CreateInstance(type)!;
        }
        catch (TargetInvocationException error)
        {
            throw new InputException(
                $"the constructor of {type.FullName} failed: {error.InnerException?.Message}"
            );
        }
    }
}
