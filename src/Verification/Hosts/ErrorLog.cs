using System.Text;

namespace NormCheck.Verification.Hosts;

/// <summary>
/// The last lines that a program wrote to its standard error. They are read on a thread of their own, since a program
/// whose error pipe is full stops, and kept within bounds, since a program may write without end and without line breaks.
/// </summary>
internal sealed class ErrorLog
{
    private const int MostLines = 50;
    private const int LongestLine = 500;

    private readonly Queue<string> _lines = new();
    private readonly Thread _reader;

    public ErrorLog(StreamReader source)
    {
        _reader = new Thread(() => Drain(source)) { IsBackground = true, Name = "standard error" };
        _reader.Start();
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Gives the last lines of a program that has ended time to arrive.</summary>
    public void Settle() => _reader.Join(TimeSpan.FromMilliseconds(200));

    private void Drain(StreamReader source)
    {
        var chunk = new char[4096];
        var line = new StringBuilder();
        try
        {
            for (int count; (count = source.Read(chunk, 0, chunk.Length)) > 0; )
            {
                foreach (var character in chunk.AsSpan(0, count))
                {
                    if (character == '\n')
                    {
                        Add(line);
                    }
                    else if (line.Length < LongestLine)
                    {
                        line.Append(character);
                    }
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The program is gone, and its pipe with it.
        }

        Add(line);
    }

    private void Add(StringBuilder line)
    {
        var text = OneLine.Of(line.ToString());
        line.Clear();
        if (text.Length == 0)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Enqueue(text);
            if (_lines.Count > MostLines)
            {
                _lines.Dequeue();
            }
        }
    }
}
