using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NormCheck.Cli.Reports;

/// <summary>How every JSON file of this program is written.</summary>
internal static class JsonFiles
{
    /// <summary>Snake case, indented, NaN and ∞ by name, letters as they are, one kind of line end.</summary>
    public static JsonSerializerOptions Options { get; } =
        new()
        {
            WriteIndented = true,
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            RespectNullableAnnotations = true,
            NewLine = "\n",
        };

    public static string Text(object document) =>
        JsonSerializer.Serialize(document, Options) + "\n";
}
