using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(NormCheck.Benchmarks.NormForward).Assembly).Run(args);
