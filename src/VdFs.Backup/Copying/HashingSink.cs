using System.Security.Cryptography;
using VdFs.Backup.Repositories;
using VdFs.Core.Qcow2;

namespace VdFs.Backup.Copying;

/// <summary>Writes a file of the repository and computes its sum on the way.</summary>
internal sealed class HashingSink(IStoreWriter writer, CancellationToken cancellation) : ISequentialSink, IDisposable
{
    private static readonly byte[] Zeros = new byte[1 << 16];

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Write(ReadOnlySpan<byte> data)
    {
        cancellation.ThrowIfCancellationRequested();
        writer.Write(data);
        hash.AppendData(data);
    }

    public void WriteZeros(long length)
    {
        writer.WriteZeros(length);
        for (long rest = length; rest > 0; rest -= Zeros.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(Zeros.AsSpan(0, (int)Math.Min(rest, Zeros.Length)));
        }
    }

    /// <summary>Of all that was written, in hexadecimal digits. Once.</summary>
    public string Sum() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public void Dispose() => hash.Dispose();
}
