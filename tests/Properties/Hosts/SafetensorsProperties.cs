using System.Buffers.Binary;
using System.Text;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

public class SafetensorsProperties
{
    private static SafetensorsBlob Any(SeededRandom random)
    {
        var blob = new SafetensorsBlob();
        for (var k = random.Below(4); k > 0; k--)
        {
            blob.Metadata[$"key{k}"] = random.Pick(["", "value", "π \" \\ \n", "1,2,3"]);
        }

        for (var k = random.Below(5); k > 0; k--)
        {
            var rank = random.Below(4);
            var extents = Enumerable.Range(0, rank).Select(_ => random.Below(4)).ToArray();
            var tensor = new Tensor(random.Pick(DTypes.All), new Shape(extents));
            for (var i = 0; i < tensor.Data.Length; i++)
            {
                tensor.Data.Span[i] = (byte)random.Below(256);
            }

            blob.Tensors[$"t{k}"] = tensor;
        }

        return blob;
    }

    [Fact]
    public void A_written_blob_reads_back_bit_for_bit()
    {
        for (var i = 0UL; i < 2000; i++)
        {
            var blob = Any(SeededRandom.For(3, i));
            var again = SafetensorsReader.Read(SafetensorsWriter.Write(blob));
            Assert.Equal(blob.Metadata, again.Metadata);
            Assert.Equal(blob.Tensors.Keys, again.Tensors.Keys);
            foreach (var (name, tensor) in blob.Tensors)
            {
                Assert.Equal(tensor.DType, again.Tensors[name].DType);
                Assert.Equal(tensor.Shape, again.Tensors[name].Shape);
                Assert.Equal(tensor.Data.ToArray(), again.Tensors[name].Data.ToArray());
            }
        }
    }

    [Fact]
    public void A_strided_tensor_is_written_row_major()
    {
        var tensor = new Tensor(DType.F32, new Shape(2, 3), [1, 2]);
        tensor.CopyFrom([1, 2, 3, 4, 5, 6]);
        var blob = new SafetensorsBlob();
        blob.Tensors["t"] = tensor;
        var again = SafetensorsReader.Read(SafetensorsWriter.Write(blob)).Tensors["t"];
        Assert.Equal([1, 2, 3, 4, 5, 6], again.Span<float>().ToArray());
    }

    [Fact]
    public void Damaged_blobs_are_read_or_refused_in_one_line()
    {
        var refused = 0;
        for (var i = 0UL; i < 20_000; i++)
        {
            var random = SeededRandom.For(5, i);
            var bytes = SafetensorsWriter.Write(Any(random));
            for (var k = random.Below(4); k >= 0; k--)
            {
                bytes[random.Below(bytes.Length)] = random.Chance(0.5)
                    ? (byte)random.Below(256)
                    : (byte)random.Pick("0123456789{}[],:\"-e.".ToCharArray());
            }

            bytes = random.Chance(0.2) ? bytes[..random.Below(bytes.Length + 1)] : bytes;
            try
            {
                _ = SafetensorsReader.Read(bytes);
            }
            catch (InputException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }

        // Most damage must be noticed, or the test does not reach the checks.
        Assert.InRange(refused, 5_000, 20_000);
    }

    private static byte[] Blob(string header, int data, ulong? claim = null)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + text.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claim ?? (ulong)text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }

    [Theory]
    [InlineData("{}", 0, ulong.MaxValue, "claims")]
    [InlineData("{}", 0, 10_000_000_000UL, "claims")]
    [InlineData("[]", 0, null, "JSON object")]
    [InlineData("{", 0, null, "not JSON")]
    [InlineData("{\"a\":1}", 0, null, "an object")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", 0, null, "text for 'k'")]
    [InlineData(
        "{\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        1,
        null,
        "expected dtype"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}",
        8,
        null,
        "needs 4 bytes"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
        4,
        null,
        "at least 0"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2500000000],\"data_offsets\":[0,10000000000]}}",
        4,
        null,
        "within 4 bytes"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
        0,
        null,
        "beyond its data"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
        4,
        null,
        "within"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8,
        null,
        "twice"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}",
        8,
        null,
        "overlap"
    )]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, null, "gap")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        9,
        null,
        "the data has 9"
    )]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1e99],\"data_offsets\":[0,4]}}",
        4,
        null,
        "whole numbers"
    )]
    [InlineData(
        "{\"\\uD800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        4,
        null,
        ""
    )]
    public void A_hostile_blob_is_one_clear_line(string header, int data, ulong? claim, string says)
    {
        var error = Assert.Throws<InputException>(() =>
            SafetensorsReader.Read(Blob(header, data, claim))
        );
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_short_blob_is_refused() =>
        Assert.Throws<InputException>(() => SafetensorsReader.Read(new byte[7]));
}
