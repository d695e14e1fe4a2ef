using NormCheck.Contract;

namespace NormCheck.Verification.Identify.Traits;

/// <summary>A question whose answers are the values of one option of a convention.</summary>
internal abstract class OptionTrait<T>(params (T Value, string Words)[] words) : Trait
    where T : notnull
{
    protected IReadOnlyList<Answer> Answers =>
        [.. words.Select(each => new Answer(each.Words, known => Set(known, each.Value)))];

    protected abstract T Get(Convention convention);

    protected abstract Convention Set(Convention convention, T value);

    public override string? Of(Convention convention, NormOp op) =>
        words.First(each => each.Value.Equals(Get(convention))).Words;
}
