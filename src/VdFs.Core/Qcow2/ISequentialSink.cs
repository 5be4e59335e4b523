using System.IO;

namespace VdFs.Core.Qcow2;

/// <summary>Takes a file from its beginning to its end. What it throws passes through to whoever has it written: a full disk, a cancelled backup.</summary>
public interface ISequentialSink
{
    /// <exception cref="IOException">It can't be stored.</exception>
    void Write(ReadOnlySpan<byte> data);

    /// <summary>Goes on by zeros: a hole where there can be one. They belong to the content (a checksum has them).</summary>
    /// <exception cref="IOException">They can't be stored.</exception>
    void WriteZeros(long length);
}
