using NormCheck.Optimized.Numbers;

namespace NormCheck.Optimized.Plans;

/// <summary>dγ and dβ of channels from what every sample adds to them.</summary>
internal abstract unsafe partial class Execution<TPack, TWide, TSum, TStored>
{
    /// <summary>Terms that one thread adds up sooner than another one starts.</summary>
    private const int FewTerms = 1024;

    /// <summary>Threads that adding up the terms of so many channels is worth.</summary>
    protected int PartsOfSlots(int samples, int channels) =>
        (long)samples * channels < FewTerms ? 1 : Parts;

    /// <summary>dγ and dβ of a part's channels from what each sample adds to them, in order.</summary>
    protected void AddSlotTerms(SlotTerms* terms, int samples, int channels, int part, int parts)
    {
        var (first, end) = Share(channels, part, parts);
        for (var channel = first; channel < end; channel++)
        {
            var dGamma = default(TierSum);
            var dBeta = default(TierSum);
            for (var sample = 0; sample < samples; sample++)
            {
                var added = terms[((nint)sample * channels) + channel];
                dGamma.Add(added.DGamma);
                dBeta.Add(added.DBeta);
            }

            WriteSlot(channel, new(dGamma.Value, dBeta.Value));
        }
    }

    protected void WriteSlot(int slot, SlotTerms gradients)
    {
        if (Tensors.DGamma is not null)
        {
            TStored.WriteParameter(gradients.DGamma, Tensors.DGamma, slot);
        }

        if (Tensors.DBeta is not null)
        {
            TStored.WriteParameter(gradients.DBeta, Tensors.DBeta, slot);
        }
    }

    /// <summary>A sum of numbers that are sums themselves. Those of Fast are of binary32: binary64 is room enough for them.</summary>
    protected struct TierSum
    {
        private Extended _sum;
        private double _plain;

        public readonly double Value => TPack.LaneBytes == sizeof(float) ? _plain : _sum.Value;

        public void Add(double term)
        {
            if (TPack.LaneBytes == sizeof(float))
            {
                _plain += term;
            }
            else
            {
                _sum += term;
            }
        }
    }
}
