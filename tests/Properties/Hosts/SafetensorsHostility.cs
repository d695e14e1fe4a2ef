using System.Buffers.Binary;
using System.Text;
using NormCheck.Contract;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

/// <summary>Blobs made to hurt a reader that checks too late or counts in too few bits.</summary>
public class SafetensorsHostility
{
    private static byte[] Blob(string header, int data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }

    private static string Entry(string shape, long begin, long end, string dtype = "F32") =>
        $$"""{"dtype":"{{dtype}}","shape":[{{shape}}],"data_offsets":[{{begin}},{{end}}]}""";

    /// <summary>Twenty thousand tensors that all claim the same megabyte: copied first, they would be 20 GB.</summary>
    [Fact]
    public void Overlapping_ranges_are_refused_before_they_are_copied()
    {
        const int Size = 1 << 20;
        var entries = Enumerable
            .Range(0, 20_000)
            .Select(k => $"\"t{k}\":{Entry($"{Size / 4}", 0, Size)}");
        var blob = Blob($"{{{string.Join(',', entries)}}}", Size);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<InputException>(() => SafetensorsReader.Read(blob));
        Assert.Contains("overlap", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200L << 20);
    }

    [Theory]
    // No elements, yet extents whose product is beyond 64 bits.
    [InlineData("2147483647,2147483647,2147483647,0", 0, "beyond its data")]
    [InlineData("0,2147483647,2147483647,2147483647", 0, "beyond its data")]
    [InlineData("9223372036854775807", 4, "beyond its data")]
    [InlineData("9223372036854775808", 4, "whole numbers")]
    [InlineData("1.5", 4, "whole numbers")]
    [InlineData("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", 4, "at most 16")]
    [InlineData("\"1\"", 4, "whole numbers")]
    [InlineData("1,0", 4, "needs 0 bytes")]
    public void Extents_beyond_reason_are_refused(string shape, int data, string says)
    {
        var error = Assert.Throws<InputException>(() =>
            SafetensorsReader.Read(Blob($"{{\"a\":{Entry(shape, 0, data)}}}", data))
        );
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}}""",
        "'dtype' stands twice in tensor 'a'"
    )]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", "'k' stands twice in __metadata__")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "'__metadata__' stands twice")]
    [InlineData(""" {}""", "does not begin with '{'")]
    [InlineData("", "does not begin with '{'")]
    [InlineData("""{}x""", "not JSON")]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":{}}}}}}}}}""", "not JSON")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "a list as shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "data_offsets within")]
    public void Malformed_headers_are_refused(string header, string says)
    {
        var error = Assert.Throws<InputException>(() => SafetensorsReader.Read(Blob(header, 4)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A name is shown without its line breaks and terminal codes, and not at any length.</summary>
    [Fact]
    public void Names_cannot_break_the_message()
    {
        var name = "a\\n\\u001b[2J\\u0085" + new string('b', 5000);
        var header = $"{{\"{name}\":{Entry("1", 0, 4, "I64")}}}";
        var error = Assert.Throws<InputException>(() => SafetensorsReader.Read(Blob(header, 4)));
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.InRange(error.Message.Length, 1, 500);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_written_as_a_replacement()
    {
        var blob = new SafetensorsBlob();
        blob.Metadata["message"] = "broken \uD800!";
        var again = SafetensorsReader.Read(SafetensorsWriter.Write(blob));
        Assert.Equal("broken \uFFFD!", again.Metadata["message"]);
    }

    /// <summary>Every tensor begins at a multiple of its element size, whatever the names.</summary>
    [Fact]
    public void Written_tensors_are_aligned()
    {
        var blob = new SafetensorsBlob();
        blob.Tensors["a"] = new Tensor(DType.F16, new Shape(3));
        blob.Tensors["b"] = new Tensor(DType.F64, new Shape(1));
        blob.Tensors["c"] = new Tensor(DType.BF16, new Shape(1));
        blob.Tensors["d"] = new Tensor(DType.F32, new Shape(1));
        blob.Tensors["b"].Write(0, 5);
        blob.Tensors["d"].Write(0, 7);
        var bytes = SafetensorsWriter.Write(blob);
        var data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, data % 8);
        Assert.Equal(5, BitConverter.ToDouble(bytes, data));
        Assert.Equal(7, BitConverter.ToSingle(bytes, data + 8));
        Assert.Equal(7, SafetensorsReader.Read(bytes).Tensors["d"].Read(0));
    }

    [Theory]
    [InlineData("/no/such/folder/file", "cannot read")]
    [InlineData("/tmp", "cannot read")]
    [InlineData("/dev/zero", "not a safetensors file")]
    public void Files_that_are_none_are_refused(string path, string says)
    {
        var error = Assert.Throws<InputException>(() => SafetensorsFile.Read(path));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() =>
            SafetensorsFile.Write("/no/such/folder/file", new SafetensorsBlob())
        );
    }
}
