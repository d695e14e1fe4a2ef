using System.Text.RegularExpressions;
using NormCheck.Properties;

namespace NormCheck.Golden;

/// <summary>docs/conventions.md: every statement names a test, and every test that it names is there.</summary>
public partial class ConventionsPage
{
    private static readonly string[] s_lines = File.ReadAllLines(
        Path.Combine(Tools.Root, "docs", "conventions.md")
    );

    /// <summary>Test methods of tests/Golden and tests/Properties as Class.Method, from their sources.</summary>
    private static HashSet<string> Tests()
    {
        var tests = new HashSet<string>();
        foreach (var folder in new[] { "Golden", "Properties" })
        {
            var files = Directory.EnumerateFiles(
                Path.Combine(Tools.Root, "tests", folder),
                "*.cs",
                SearchOption.AllDirectories
            );
            foreach (var text in files.Select(File.ReadAllText))
            {
                foreach (Match type in PublicClass().Matches(text))
                {
                    tests.UnionWith(
                        TestMethod()
                            .Matches(text)
                            .Select(method => $"{type.Groups[1].Value}.{method.Groups[1].Value}")
                    );
                }
            }
        }

        return tests;
    }

    private static IEnumerable<string> Statements() =>
        s_lines.Where(line =>
            line.StartsWith("| ", StringComparison.Ordinal)
            && !line.StartsWith("| one reads", StringComparison.Ordinal)
        );

    [Fact]
    public void Every_statement_names_a_test()
    {
        Assert.True(Statements().Count() >= 30);
        Assert.All(Statements(), line => Assert.Matches(TestName(), line.Split('|')[3]));
    }

    [Fact]
    public void Every_named_test_exists()
    {
        var tests = Tests();
        var named = Statements()
            .SelectMany(line => TestName().Matches(line.Split('|')[3]))
            .Select(match => match.Groups[1].Value)
            .ToArray();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, tests));
    }

    /// <summary>The scan of sources finds this test, and not one that is not there.</summary>
    [Fact]
    public void The_scan_tells_tests_from_names()
    {
        Assert.Contains("ConventionsPage.The_scan_tells_tests_from_names", Tests());
        Assert.DoesNotContain("ConventionsPage.No_such_test", Tests());
    }

    [GeneratedRegex(@"public (?:sealed )?(?:partial )?class (\w+)")]
    private static partial Regex PublicClass();

    [GeneratedRegex(
        @"\[(?:Fact|Theory|SkippableFact|SkippableTheory)\][^;{]*?public (?:static )?(?:void|Task|async Task) (\w+)\("
    )]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"`(\w+\.\w+)`")]
    private static partial Regex TestName();
}
