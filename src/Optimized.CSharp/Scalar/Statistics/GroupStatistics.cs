namespace NormCheck.Optimized.Scalar.Statistics;

/// <summary>What a group is normalized with: x̂ = (x − Mean)·InverseStd.</summary>
/// <param name="Mean">μ; 0 for RMS norm.</param>
/// <param name="InverseStd">1/√(v + ε), or 1/σ of a running standard deviation.</param>
internal readonly record struct GroupStatistics<T>(T Mean, T InverseStd);
