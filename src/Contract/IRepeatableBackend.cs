namespace NormCheck.Contract;

/// <summary>A backend in this process that can set up a call once and repeat it, as a user with a plan object does.</summary>
public interface IRepeatableBackend
{
    /// <summary>
    /// Checks the problem and the tensors, pins them and makes scratch memory. Null where the backend declines.
    /// </summary>
    IRepeatableCall? Prepare(NormProblem problem, TensorSet tensors);
}

/// <summary>A call that is ready to run any number of times on the same tensors.</summary>
public interface IRepeatableCall : IDisposable
{
    /// <summary>Computes once; allocates nothing.</summary>
    void Run();

    /// <summary>Brings results into the tensors, where they are kept elsewhere until somebody looks.</summary>
    void Collect() { }
}
