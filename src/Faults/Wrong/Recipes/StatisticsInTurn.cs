using System.Numerics;
using NormCheck.Contract;
using NormCheck.Faults.Textbook;

namespace NormCheck.Faults.Wrong.Recipes;

/// <summary>
/// Batch norm whose statistics are those of the channels, but whose elements get statistics, γ and β in turns along memory, as
/// if channels were always last: tensorflow/tfjs#1106 in training as in inference.
/// </summary>
internal sealed class StatisticsInTurn<T> : StatisticsOfOthers<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The channel whose turn it is at member k of a channel: its place in memory modulo the number of channels.</summary>
    public static int Turn(NormProblem problem, int channels, int channel, int k)
    {
        if (problem.Layout == Layout.ChannelsLast)
        {
            return channel;
        }

        var places = (int)problem.Shape.Slice(2, problem.Rank).Count;
        var (sample, place) = Math.DivRem(k, places);
        return ((((sample * channels) + channel) * places) + place) % channels;
    }

    public override int Slot(int slot, int slots, int group, int k) =>
        Applies ? Turn(Problem, slots, group, k) : slot;

    /// <summary>Running statistics are taken in turns as those of the data are.</summary>
    public override GroupStatistics<T> Frozen(T mean, T spread, T epsilon, bool renorm) =>
        Settle(base.Frozen(mean, spread, epsilon, renorm), Problem.DType);

    protected override int Source(int group, int k) =>
        Applies ? Turn(Problem, Groups, group, k) : group;

    private bool Applies => Problem.Op.HasRunningStatistics();
}
