namespace NormCheck.Optimized.Threads;

/// <summary>Work that can be split: every part is done by one thread, in any order.</summary>
internal interface IParallelWork
{
    /// <param name="part">0 … parts − 1; also the number of the scratch memory that nobody else uses meanwhile.</param>
    void Do(int part, int parts);
}
