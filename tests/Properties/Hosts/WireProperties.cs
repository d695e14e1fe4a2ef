using System.Buffers.Binary;
using System.Text;
using NormCheck.Contract;
using NormCheck.Verification.Cases;
using NormCheck.Verification.Hosts;

namespace NormCheck.Properties.Hosts;

public class WireProperties
{
    /// <summary>Gives its bytes a few at a time, as pipes do.</summary>
    private sealed class Trickle(byte[] bytes, SeededRandom random) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) =>
            base.Read(buffer[..Math.Min(buffer.Length, 1 + random.Below(7))]);
    }

    [Fact]
    public void Messages_come_out_as_they_went_in()
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            var random = SeededRandom.For(11, seed);
            var sent = Enumerable.Range(0, 3).Select(k => Message(k, random)).ToList();
            using var stream = new MemoryStream();
            sent.ForEach(message => Wire.Write(stream, message));
            using var source = new Trickle(stream.ToArray(), random);
            foreach (var message in sent)
            {
                var read = Wire.Read(source);
                Assert.Equal(message.Metadata, read.Metadata);
                Assert.Equal(message.Tensors["t"].Data.ToArray(), read.Tensors["t"].Data.ToArray());
            }

            Assert.Throws<EndOfStreamException>(() => Wire.Read(source));
        }
    }

    [Fact]
    public void Damaged_messages_are_read_refused_or_end()
    {
        var ends = new int[3];
        for (var seed = 0UL; seed < 5000; seed++)
        {
            var random = SeededRandom.For(12, seed);
            using var stream = new MemoryStream();
            Wire.Write(stream, Message(1, random));
            var bytes = stream.ToArray();
            bytes[random.Below(bytes.Length)] ^= (byte)(1 << random.Below(8));
            bytes = random.Chance(0.3) ? bytes[..random.Below(bytes.Length)] : bytes;
            try
            {
                _ = Wire.Read(new MemoryStream(bytes), 1 << 20);
                ends[0]++;
            }
            catch (InputException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                ends[1]++;
            }
            catch (EndOfStreamException)
            {
                ends[2]++;
            }
        }

        Assert.All(ends, count => Assert.InRange(count, 250, 5000));
    }

    /// <summary>Two gigabytes are claimed, eleven bytes come.</summary>
    [Fact]
    public void A_claimed_length_allocates_nothing()
    {
        var bytes = new byte[8 + 11];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Wire.MaxMessage);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<EndOfStreamException>(() => Wire.Read(new MemoryStream(bytes)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Theory]
    [InlineData("Hello, world: this program prints", "(as text: 'Hello, w')")]
    [InlineData("\u001b[2J\u0007\n\r\t!", "(as text: '.[2J....')")]
    public void Text_instead_of_a_length_is_shown(string text, string says)
    {
        var error = Assert.Throws<InputException>(() =>
            Wire.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)))
        );
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_survive_the_wire()
    {
        Run.ForCases(
            200,
            new CaseSelection(),
            @case =>
            {
                var request = new SafetensorsBlob();
                ProblemFields.Write(@case.Problem, request.Metadata);
                Assert.Equal(@case.Problem, ProblemFields.Read(request));
                request.Metadata["groups"] = "977";
                Assert.Throws<InputException>(() => ProblemFields.Read(request));
            }
        );
    }

    private static SafetensorsBlob Message(int k, SeededRandom random)
    {
        var message = new SafetensorsBlob();
        message.Metadata["k"] = $"{k}";
        var tensor = new Tensor(DType.F16, new Shape(random.Below(40), 3));
        for (var i = 0; i < tensor.Data.Length; i++)
        {
            tensor.Data.Span[i] = (byte)random.Below(256);
        }

        message.Tensors["t"] = tensor;
        return message;
    }
}
