using NormCheck.Contract;
using NormCheck.Contract.Numbers;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

public class PoisonProperties
{
    private static readonly Shape s_one = new(1);

    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.F64)]
    [InlineData(DType.F16)]
    [InlineData(DType.BF16)]
    public void Poison_is_a_quiet_nan(DType dtype)
    {
        var tensor = new Tensor(dtype, s_one);
        Assert.False(Poison.IsPoison(tensor, 0));
        Poison.Fill(tensor);
        Assert.True(Poison.IsPoison(tensor, 0));
        Assert.True(double.IsNaN(tensor.Read(0)));
        var bits = tensor.Data.Span;
        var quiet = dtype switch
        {
            DType.F64 => bits[6] & 0x08,
            DType.F32 => bits[2] & 0x40,
            DType.F16 => bits[1] & 0x02,
            _ => bits[0] & 0x40,
        };
        Assert.NotEqual(0, quiet);
    }

    [Fact]
    public void No_arithmetic_makes_it()
    {
        float[] singles =
        [
            0,
            -0f,
            1,
            -1,
            float.PositiveInfinity,
            float.NegativeInfinity,
            float.NaN,
        ];
        foreach (var a in singles)
        {
            foreach (var b in singles)
            {
                foreach (
                    var c in (float[])
                        [a + b, a - b, a * b, a / b, MathF.Sqrt(a), MathF.Log(a), a % b]
                )
                {
                    Assert.False(IsPoison(DType.F32, BitConverter.GetBytes(c)));
                    Assert.False(IsPoison(DType.F64, BitConverter.GetBytes((double)c)));
                    Assert.False(IsPoison(DType.F16, BitConverter.GetBytes((Half)c)));
                    Assert.False(
                        IsPoison(DType.BF16, BitConverter.GetBytes(BFloat16.FromSingle(c)))
                    );
                }
            }
        }
    }

    /// <summary>A view into a larger array is poisoned, its neighbours are not.</summary>
    [Fact]
    public void Only_the_tensor_itself_is_filled()
    {
        var memory = new byte[40];
        var tensor = new Tensor(DType.F32, new Shape(2, 2), [2, 1], memory, offset: 3);
        Poison.Fill(tensor);
        Assert.All(memory[..12], each => Assert.Equal(0, each));
        Assert.All(memory[28..], each => Assert.Equal(0, each));
        Assert.All(tensor.Distances(), at => Assert.True(Poison.IsPoison(tensor, at)));
    }

    private static bool IsPoison(DType dtype, byte[] bits) =>
        Poison.IsPoison(new Tensor(dtype, s_one, data: bits), 0);
}
