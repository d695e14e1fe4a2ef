using NormCheck.Cli;
using NormCheck.Cli.Backends;
using NormCheck.Cli.Commands;
using NormCheck.Contract;
using Xunit;

namespace NormCheck.Properties.Cli;

/// <summary>The registry of named systems: words with versions and variants, and what is said where something is missing.</summary>
public class AdapterTests
{
    /// <summary>A registry with a plain system, one with versions, and a variant of the latter.</summary>
    private const string Registry = """
        {
          "plain": { "command": ["p"], "install": "get p", "summary": "s" },
          "many": {
            "command": ["m", "{folder}"], "version": "1.2.0", "folder": "FOLDER/{version}",
            "environment": { "A": "1", "B": "1" }, "install": "get m {version}", "summary": "s"
          },
          "many:other": { "base": "many", "environment": { "B": "2" }, "summary": "o" }
        }
        """;

    private static Adapter? Find(string word, string folder = "/none") =>
        AdapterWord.Find(
            AdapterRegistry.Read(
                Registry.Replace("FOLDER", folder, StringComparison.Ordinal),
                "registry"
            ),
            word
        );

    [Theory]
    [InlineData("many", "/none/1.2.0", "get m 1.2.0", "1")]
    [InlineData("many@1.10.3", "/none/1.10.3", "get m 1.10.3", "1")]
    [InlineData("many:other", "/none/1.2.0", "get m 1.2.0", "2")]
    [InlineData("many@2.0.0-dev.7:other", "/none/2.0.0-dev.7", "get m 2.0.0-dev.7", "2")]
    public void A_word_names_a_version_and_a_variant(
        string word,
        string folder,
        string install,
        string b
    )
    {
        var adapter = Find(word)!;

        Assert.Equal(["m", folder], adapter.Command.Select(adapter.Expand));
        Assert.Equal(install, adapter.Expand(adapter.Install));
        Assert.Equal(("1", b), (adapter.Environment["A"], adapter.Environment["B"]));
    }

    [Theory]
    [InlineData("absent")]
    [InlineData("many:absent")]
    [InlineData("many@1.2.0:absent")]
    public void A_word_that_is_not_there_is_none(string word) => Assert.Null(Find(word));

    [Theory]
    [InlineData("plain@1.0", "no version of plain can be named: expected plain")]
    [InlineData("many@", "expected a version as in many@1.2.0, got ''")]
    [InlineData("many@../1.0", "expected a version as in many@1.2.0, got '../1.0'")]
    [InlineData("many@1.0; rm", "expected a version as in many@1.2.0, got '1.0; rm'")]
    [InlineData("many@latest:other", "expected a version as in many@1.2.0:other, got 'latest'")]
    public void A_version_that_is_none_is_bad_input(string word, string says)
    {
        var error = Assert.Throws<InputException>(() => Find(word));
        Assert.Equal($"'{word}': {says}", error.Message);
    }

    [Fact]
    public void A_named_system_that_is_not_installed_tells_how_to_install_it()
    {
        foreach (var (word, install) in new[] { ("plain", "get p"), ("many@7.8", "get m 7.8") })
        {
            var adapter = Find(word)! with { Command = ["normcheck-no-such-program"] };
            var error = Assert.Throws<NothingRanException>(() =>
                AdapterRegistry.Start(word, adapter, null)
            );
            Assert.StartsWith($"{word} cannot run: ", error.Message, StringComparison.Ordinal);
            Assert.EndsWith($"to install it: {install}", error.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void A_version_that_is_not_installed_ends_with_3_and_the_command_that_installs_it()
    {
        Tools.NeedNode();
        var run = CommandLine.Run("verify", "onnxruntime@0.0.1:skip", "--cases", "10");

        Assert.Equal((3, ""), (run.Code, run.Out));
        var line = Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Contains("onnxruntime-node is not in ", line, StringComparison.Ordinal);
        Assert.Contains(
            "bash backends/onnxruntime/install.sh 0.0.1",
            line,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_doctor_looks_at_every_version_that_is_installed()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "1.2.0", "1.10.0", "node_modules", ".partial-1.3" })
        {
            Directory.CreateDirectory(folder.File(name));
        }

        string[] Names(string word) =>
            [
                .. DoctorCommand
                    .Versions(word, Find(word, folder.File("."))!)
                    .Select(each => $"{each.Name} {each.Adapter.Version}".TrimEnd()),
            ];

        Assert.Equal(["many 1.2.0", "many@1.10.0 1.10.0"], Names("many"));
        Assert.Equal(["many:other 1.2.0"], Names("many:other"));
        Assert.Equal(["plain"], Names("plain"));
    }

    [Fact]
    public void The_list_shows_where_a_version_goes()
    {
        var words = CommandLine
            .Run("list", "backends")
            .Out.Split('\n')
            .Select(line => line.Split(' ')[0])
            .ToArray();

        Assert.Contains("onnxruntime[@VERSION]", words);
        Assert.Contains("onnxruntime[@VERSION]:skip", words);
        Assert.Contains("pytorch", words);
    }

    [Theory]
    [InlineData("null", "got null")]
    [InlineData("[]", "JSON")]
    [InlineData("""{"a": {"command": ["x"], "summary": "s"}}""", "'a' has no install")]
    [InlineData("""{"a": {"command": [], "summary": "s", "install": "i"}}""", "'a' has an empty")]
    [InlineData("""{"a": {"base": "b", "summary": "s"}}""", "'a' has the base 'b'")]
    [InlineData(
        """{"a": {"command": ["x"], "summary": "s", "install": "i", "version": "1"}}""",
        "'a' has only one of version and folder"
    )]
    [InlineData(
        """{"a": {"command": ["x"], "summary": "s", "install": "i", "version": "1", "folder": "f"}}""",
        "'a' has the folder 'f': expected one that ends with /{version}"
    )]
    public void A_registry_that_is_none_is_bad_input(string text, string says)
    {
        var error = Assert.Throws<InputException>(() => AdapterRegistry.Read(text, "registry"));
        Assert.StartsWith("registry: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_registry_of_this_repository_names_files_that_are_there()
    {
        var file = Path.Combine(Tools.Root, "backends", "backends.json");
        foreach (var (name, adapter) in AdapterRegistry.Read(File.ReadAllText(file), file))
        {
            var words = adapter
                .Command.Append(adapter.Install)
                .SelectMany(text => text.Split(' '))
                .Select(word => word.Replace("{root}", Tools.Root, StringComparison.Ordinal))
                .Select(word => Path.Combine(Tools.Root, word))
                .Where(path => path.Contains("/backends/", StringComparison.Ordinal));
            Assert.All(words, path => Assert.True(File.Exists(path), $"{name}: {path}"));
        }
    }
}
