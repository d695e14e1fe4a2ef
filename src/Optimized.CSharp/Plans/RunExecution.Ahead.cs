using NormCheck.Optimized.Kernels;

namespace NormCheck.Optimized.Plans;

/// <summary>What is fetched while something else is summed or written.</summary>
internal sealed unsafe partial class RunExecution<TPack, TWide, TSum, TStored>
{
    /// <summary>Bytes of a core's own cache that a group and the next one may take.</summary>
    private const long OwnCache = 768 * 1024;

    /// <summary>Bytes that a call may move without leaving the last-level cache for long.</summary>
    private const long LargestInCache = 25L * 1024 * 1024;

    /// <summary>A page.</summary>
    private const int NextPage = 4096;

    /// <summary>Short groups take no longer than memory does, so the next one would come too late.</summary>
    private const int GroupsAhead = 4;

    /// <summary>
    /// While a group is written, the other half of the next one is fetched, or, where it is too large for that, its own next
    /// page: it may have left the core's cache since it was summed.
    /// </summary>
    private Ahead AheadOfOutput =>
        Fetching(
            _fetchesGroups || (!_shares && _chunksOfGroup == 1)
                ? Ahead.Second(NextTurn * TStored.Bytes)
            : Streams ? Ahead.Whole(NextPage)
            : Ahead.Nothing
        );

    private Ahead AheadOf(Chunks chunks, int chunk, int unit) =>
        Fetching(
            _fetchesGroups
                ? Ahead.First(_geometry.NextGroup * TStored.Bytes)
                : AheadOfMoments(chunks, chunk, NextUnit(unit))
        );

    /// <summary>What sums of a group's units fetch: half of the next unit. Farther ahead has been slower.</summary>
    private Ahead AheadOfUnits => Fetching(Ahead.First((nint)_geometry.Space * TStored.Bytes));

    /// <summary>
    /// Runs shorter than a kernel's turn lie far apart and are over before a hardware prefetcher finds them: those of a group
    /// soon to come are fetched at once, and where the results of the next one go.
    /// </summary>
    private void FetchRuns(int group)
    {
        if (!_fetchesRuns)
        {
            return;
        }

        var last = _geometry.Groups - 1;
        var soon = _geometry.Group(Math.Min(group + GroupsAhead, last));
        Ahead.FetchRuns(Tensors.X, soon, TStored.Bytes);
        if (IsBackward)
        {
            Ahead.FetchRuns(Tensors.Dy, soon, TStored.Bytes);
        }

        var next = _geometry.Group(Math.Min(group + 1, last));
        Ahead.FetchRuns(IsBackward ? Tensors.Dx : Tensors.Y, next, TStored.Bytes);
    }

    /// <summary>Elements from the groups of a turn to those of the next one.</summary>
    private nint NextTurn => _geometry.NextGroup * _groupsOfTurn;

    /// <summary>Elements from a unit to the next one; group norm's last unit is followed by the next group.</summary>
    private nint NextUnit(int unit) =>
        unit + 1 < _geometry.UnitsOfGroup || !_geometry.SpansSamples
            ? _geometry.Space
            : _geometry.NextGroup;
}
