using NormCheck.Contract;

namespace NormCheck.Verification.Hosts;

/// <summary>A stand-alone program that reproduces a call with the system under test alone.</summary>
public sealed record Reproduction(string FileName, string Text)
{
    /// <summary>A file name from outside never names a folder.</summary>
    internal static string PlainName(string name)
    {
        var plain = Path.GetFileName(name.Replace('\\', '/'));
        return plain is "" or "." or ".." ? "reproduce.txt" : plain;
    }
}

/// <summary>A backend that can write such a program.</summary>
public interface IReproducer
{
    /// <summary>Null where the backend has no way to.</summary>
    Reproduction? Reproduce(NormProblem problem, TensorSet tensors);
}
