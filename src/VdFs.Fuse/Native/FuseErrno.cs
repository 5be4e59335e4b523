namespace VdFs.Fuse.Native;

/// <summary>Codes of the transport that no operation of the tree answers with (asm-generic/errno.h).</summary>
internal static class FuseErrno
{
    public const int ENOTTY = 25;
    public const int EPROTO = 71;
    public const int ECONNABORTED = 103;
    public const int ECANCELED = 125;
    public const int ENOTCONN = 107;
}
