using System.Runtime.CompilerServices;
using VdFs.Core.Errors;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

internal sealed partial class Dispatcher
{
    /// <summary>Length of INIT's struct before INIT_EXT.</summary>
    private const int ShortInit = 16;

    private FsError Init(ref RequestReader request)
    {
        if (request.Remaining < ShortInit)
            return Malformed();
        Span<byte> whole = stackalloc byte[Unsafe.SizeOf<FuseInitIn>()];
        whole.Clear();
        request.TryReadBytes((uint)Math.Min(request.Remaining, whole.Length), out ReadOnlySpan<byte> sent);
        sent.CopyTo(whole);
        int errno = Negotiation.Answer(
            Unsafe.ReadUnaligned<FuseInitIn>(ref whole[0]), out FuseInitOut answer, out NegotiatedProtocol agreed, connection.Passthrough);
        bool kernelAsksAgain = errno == 0 && !agreed.IsSettled;
        if (!kernelAsksAgain)
            connection.Settle(agreed);
        if (errno != 0)
            return Special(errno);
        reply.Append(answer);
        return FsError.None;
    }
}
