using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NormCheck.Benchmarks;

// Problems are parameters, and longer than the 20 characters that a column has by default.
var config = DefaultConfig.Instance.WithSummaryStyle(
    SummaryStyle.Default.WithMaxParameterColumnWidth(60)
);
var summaries = BenchmarkSwitcher.FromAssembly(typeof(ProblemBenchmark).Assembly).Run(args, config);

// A benchmark that did not run is a line in the summary, and would go unnoticed in CI.
var failed = summaries.Any(summary =>
    summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)
);
return failed ? 1 : 0;
