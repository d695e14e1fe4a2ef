using NormCheck.Cli.Reports;
using NormCheck.Contract;
using NormCheck.Verification.Campaigns;

namespace NormCheck.Cli.Commands;

/// <summary>The finished parts of one backend's campaign, as files. Those of another build of this program do not count.</summary>
internal sealed class BoardParts(string folder)
{
    private static readonly string s_build = string.Join(
        '-',
        new[]
        {
            typeof(BoardParts),
            typeof(Campaign),
            typeof(Reference.Reference),
            typeof(Optimized.SimdBackend),
        }.Select(type => type.Module.ModuleVersionId.ToString("N")[..8])
    );

    private string Parts => Path.Combine(folder, "parts");

    /// <summary>The report of a part that an earlier run of the same command finished; null where there is none.</summary>
    public CampaignReport? Done(string command, int part, int count)
    {
        var file = FileOf(part, count);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            var report = JsonReport.Read(File.ReadAllText(file), file);
            return report.Command == command ? report : null;
        }
        catch (InputException)
        {
            return null;
        }
    }

    /// <summary>Keeps a part; a file is there whole or not at all.</summary>
    public void Keep(CampaignReport report, int part, int count)
    {
        Directory.CreateDirectory(Parts);
        var file = FileOf(part, count);
        File.WriteAllText($"{file}.new", JsonReport.Write(report));
        File.Move($"{file}.new", file, overwrite: true);
    }

    /// <summary>The board is complete: the next run begins afresh.</summary>
    public void Forget()
    {
        if (Directory.Exists(Parts))
        {
            Directory.Delete(Parts, recursive: true);
        }
    }

    private string FileOf(int part, int count) =>
        Path.Combine(Parts, $"{s_build}-{part}-of-{count}.json");
}
