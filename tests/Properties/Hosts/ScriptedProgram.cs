using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>
/// A program in shell alone whose answers are files that the test wrote. It answers each request by a function of the
/// command's name; <c>answer NAME</c> sends a file. Numbers in files live through a restart.
/// </summary>
internal sealed class ScriptedProgram
{
    public static readonly Case Layer = Case.Parse("ln fwd f32 2x3 seed=1");

    private readonly string _folder = Scratch.Folder("scripted");

    public ScriptedProgram(
        string run,
        string supports = "answer agree",
        string time = "answer empty",
        string other = "exit 0"
    )
    {
        Description.Metadata["status"] = "ok";
        DescriptionFields.Write(new() { Name = "scripted", Version = "1" }, Description.Metadata);
        Save("description", Description);
        Save("agree", Say(("supported", "1")));
        Save("empty", Say());
        Save("good", Good());
        File.WriteAllText(
            Script,
            $$"""
            cd '{{_folder}}'
            answer() { cat "$1"; }
            run() { {{run}}
            :; }
            supports() { {{supports}}
            :; }
            time_() { {{time}}
            :; }
            while true; do
                n=$(head -c 8 | od -An -t u8 | tr -d ' ')
                [ -n "$n" ] || exit 0
                head -c "$n" > request
                case $(tr -d '\0' < request | grep -a -o '"command":"[a-z]*"' | head -1) in
                    *describe*) answer description ;;
                    *supports*) supports ;;
                    *run*) run ;;
                    *time*) time_ ;;
                    *script*) answer script ;;
                    *) {{other}} ;;
                esac
            done
            """
        );
    }

    public SafetensorsBlob Description { get; } = new();

    private string Script => Path.Combine(_folder, "program.sh");

    /// <summary>Outputs that fit the case: y and the statistics, all 0.</summary>
    public static SafetensorsBlob Good()
    {
        var blob = Say();
        foreach (var spec in TensorPlan.For(Layer.Problem).Where(spec => spec.IsOutput))
        {
            blob.Tensors[spec.Role.Name()] = new Tensor(spec.DType, spec.Shape);
        }

        return blob;
    }

    public static SafetensorsBlob Say(params (string Key, string Value)[] fields)
    {
        var blob = new SafetensorsBlob();
        blob.Metadata["status"] = "ok";
        foreach (var (key, value) in fields)
        {
            blob.Metadata[key] = value;
        }

        return blob;
    }

    public ScriptedProgram Save(string name, SafetensorsBlob blob)
    {
        using var file = File.Create(Path.Combine(_folder, name));
        Wire.Write(file, blob);
        return this;
    }

    public ProcessBackend Start(double seconds = 20) =>
        new("bash", [Script], TimeSpan.FromSeconds(seconds));

    public RunOutcome Play(double seconds = 20)
    {
        using var backend = Start(seconds);
        var outcome = backend.Run(Layer.Problem, CaseData.Build(Layer));
        Assert.DoesNotContain('\n', outcome.Message);
        return outcome;
    }
}
