using NormCheck.Contract;

namespace NormCheck.Faults.Wrong;

/// <summary>
/// The faults. Every one must be killed: one that survives is a hole in this suite. None is made easy to find: defaults
/// everywhere, and the fault only where the story has it.
/// </summary>
public static class FaultCatalogue
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        .. EpsilonFaults.All,
        .. BackwardFaults.All,
        .. CancellationFaults.All,
        .. StateFaults.All,
        .. AccumulationFaults.All,
        .. RootFaults.All,
        .. RenormFaults.All,
        .. MergingFaults.All,
        .. LayoutFaults.All,
        .. AxisFaults.All,
        .. TailFaults.All,
        .. RaceFaults.All,
        .. MemoryFaults.All,
        .. FusionFaults.All,
        .. IndexFaults.All,
        .. StudyFaults.All,
    ];

    /// <summary>Entries of the catalogue that cannot be had as a kernel, each with the reason.</summary>
    public static IReadOnlyList<Inexpressible> Left { get; } =
    [
        .. BackwardFaults.Left,
        .. StateFaults.Left,
        .. RenormFaults.Left,
        .. MergingFaults.Left,
        .. LayoutFaults.Left,
        .. AxisFaults.Left,
        .. TailFaults.Left,
        .. RaceFaults.Left,
        .. MemoryFaults.Left,
        .. FusionFaults.Left,
        .. IndexFaults.Left,
        .. StudyFaults.Left,
    ];

    /// <exception cref="InputException">No fault has that id.</exception>
    public static Fault Get(string id) =>
        All.FirstOrDefault(fault => fault.Id == id)
        ?? throw new InputException(
            $"unknown fault '{id}': see 'normcheck list faults' for the {All.Count} there are"
        );
}
