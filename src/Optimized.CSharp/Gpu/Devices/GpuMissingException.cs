namespace NormCheck.Optimized.Gpu;

/// <summary>There is no such device here: the message is one line that says what is missing and how to get it.</summary>
public sealed class GpuMissingException(string message) : Exception(message);
