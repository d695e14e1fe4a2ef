namespace NormCheck.Optimized.Gpu;

/// <summary>A call of OpenCL or CUDA failed: the message names the call and the error.</summary>
public sealed class GpuException(string message) : Exception(message);
