using NormCheck.Contract;
using NormCheck.Verification.Judge;

namespace NormCheck.Properties.Judge;

/// <summary>The comparator itself, demand by demand.</summary>
public class JudgeProperties
{
    public static TheoryData<string> Demands => [.. JudgeSpecification.Demands.Keys];

    public static TheoryData<string> OracleDemands => [.. OracleSpecification.Demands.Keys];

    [Theory]
    [MemberData(nameof(Demands))]
    public void The_judge_does(string demand) =>
        Assert.True(JudgeSpecification.Demands[demand](OutputJudge.Decide));

    [Theory]
    [MemberData(nameof(OracleDemands))]
    public void The_oracle_does(string demand) =>
        Assert.True(OracleSpecification.Demands[demand](new OracleUnderTest()));

    /// <summary>In one ulp above and below 1 the spacing differs by two.</summary>
    [Fact]
    public void Ulps_are_those_of_the_truths_binade()
    {
        var f32 = StorageType.Of(DType.F32);
        Assert.Equal(Math.ScaleB(1, -23), f32.Ulp(1));
        Assert.Equal(Math.ScaleB(1, -24), f32.Ulp(BitConverter.Int32BitsToSingle(0x3F7FFFFF)));
        Assert.Equal(Math.ScaleB(1, -149), f32.Ulp(0));
        Assert.Equal(Math.ScaleB(1, -149), f32.Ulp(1e-40));
        Assert.Equal(Math.ScaleB(1, 104), f32.Ulp(float.MaxValue));
        Assert.Equal(Math.ScaleB(1, -10), StorageType.Of(DType.F16).Ulp(1));
        Assert.Equal(Math.ScaleB(1, -7), StorageType.Of(DType.BF16).Ulp(1));
        Assert.Equal(Math.ScaleB(1, -24), StorageType.Of(DType.F16).Ulp(1e-6));
    }
}
