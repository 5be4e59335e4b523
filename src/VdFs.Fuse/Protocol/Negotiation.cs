using VdFs.Fuse.Native;

namespace VdFs.Fuse.Protocol;

/// <summary>What INIT settles between the kernel and VdFs: the only place that decides it.</summary>
internal static class Negotiation
{
    public const uint Major = 7;

    /// <summary>Linux 5.4. Older kernels lack what the wanted flags need.</summary>
    public const uint MinimumMinor = 31;

    /// <summary>Newest protocol that the layouts were compared with.</summary>
    public const uint NewestMinor = 45;

    /// <summary>Largest write, in bytes; also the largest read, by way of <see cref="MaxPages"/>.</summary>
    public const int MaxWrite = 1 << 20;

    private const ushort MaxPages = MaxWrite / 4096;

    /// <summary>Asynchronous requests under way at once; the kernel's default of 12 would cap deep queues of direct I/O.</summary>
    private const ushort MaxBackground = 256;

    /// <summary>
    /// How deep filesystems may be stacked below this one for their files to be read past the daemon, plus one: not at all. Others can be stacked on this one as before, up to a
    /// second (FILESYSTEM_MAX_STACK_DEPTH).
    /// </summary>
    private const uint MaxStackDepth = 1;

    private const string PassthroughReason = "files of read-only mounts are read by the kernel itself";

    /// <summary>
    /// What is asked for, if the kernel has it. Left out on purpose: WRITEBACK_CACHE (what was acknowledged would miss the cut),
    /// POSIX_LOCKS and FLOCK_LOCKS (the kernel's own locks are whole), AUTO_INVAL_DATA (images change through the mount only),
    /// CACHE_SYMLINKS (live links change), EXPORT_SUPPORT (node ids don't outlive the kernel's memory of a file; NO_EXPORT_SUPPORT says so), SPLICE_* (slower),
    /// REQUEST_TIMEOUT (a daemon's return may take longer), SECURITY_CTX and CREATE_SUPP_GROUP (extensions of no use here).
    /// </summary>
    private static readonly (FuseInitFlags Flag, string Reason)[] Wanted =
    [
        (FuseInitFlags.AsyncRead, "several reads of one file at once; asynchronous direct I/O needs it"),
        (FuseInitFlags.AtomicOTrunc, "truncation at open is one recorded step"),
        (FuseInitFlags.BigWrites, "writes above 4 KiB in one request"),
        (FuseInitFlags.DontMask, "the tree applies the umask, since default ACLs override it"),
        (FuseInitFlags.DoReaddirplus, "a listing with attributes in one request per page"),
        (FuseInitFlags.ReaddirplusAuto, "…where the reader looks at attributes"),
        (FuseInitFlags.AsyncDio, "deep queues of direct I/O"),
        (FuseInitFlags.ParallelDirops, "lookups and listings of one directory at once"),
        (FuseInitFlags.PosixAcl, "access control lists of the backing files count"),
        (FuseInitFlags.AbortError, "an aborted connection can be told from an unmounted one"),
        (FuseInitFlags.MaxPages, "requests of 1 MiB"),
        (FuseInitFlags.HandleKillprivV2, "no security.capability request before each write"),
        (FuseInitFlags.SetxattrExt, "the set-group-id bit goes when an ACL is set by a stranger"),
        (FuseInitFlags.InitExt, "flags from bit 32 on"),
        (FuseInitFlags.DirectIoAllowMmap, "shared mappings of files that bypass the cache"),
        (FuseInitFlags.NoExportSupport, "file handles are refused, which the kernel couldn't find a file by once it forgot that"),
        (FuseInitFlags.HasResend, "requests under way can be sent again to a daemon that came back"),
    ];

    /// <summary>Decides. An errno for the kernel if its protocol is too old; then <paramref name="agreed"/> says why.</summary>
    /// <param name="offer">The kernel's.</param>
    /// <param name="answer">For the kernel.</param>
    /// <param name="agreed">What is in force.</param>
    /// <param name="passthrough">Whether the kernel is to read files by itself.</param>
    public static int Answer(in FuseInitIn offer, out FuseInitOut answer, out NegotiatedProtocol agreed, bool passthrough = false)
    {
        answer = default;
        FuseInitFlags offered = (FuseInitFlags)offer.Flags;
        if ((offered & FuseInitFlags.InitExt) != 0)
            offered |= (FuseInitFlags)((ulong)offer.Flags2 << 32);
        if (offer.Major > Major)
        {
            // The kernel asks again with our major version.
            answer.Major = Major;
            answer.Minor = NewestMinor;
            agreed = NegotiatedProtocol.None;
            return 0;
        }
        if (offer.Major < Major || offer.Minor < MinimumMinor)
        {
            agreed = new NegotiatedProtocol(offer.Major, offer.Minor, FuseInitFlags.None, offered);
            return FuseErrno.EPROTO;
        }
        FuseInitFlags taken = FuseInitFlags.None;
        foreach ((FuseInitFlags flag, _) in Wanted)
            taken |= flag & offered;
        if (passthrough)
            taken |= FuseInitFlags.Passthrough & offered;
        if ((offered & FuseInitFlags.InitExt) == 0)
            taken &= (FuseInitFlags)uint.MaxValue;
        answer.Major = Major;
        answer.Minor = Math.Min(offer.Minor, NewestMinor);
        answer.MaxReadahead = offer.MaxReadahead;
        answer.Flags = (uint)taken;
        answer.Flags2 = (uint)((ulong)taken >> 32);
        answer.MaxBackground = MaxBackground;
        answer.CongestionThreshold = MaxBackground * 3 / 4;
        answer.MaxWrite = MaxWrite;
        answer.TimeGran = 1;
        answer.MaxPages = MaxPages;
        answer.MaxStackDepth = (taken & FuseInitFlags.Passthrough) != 0 ? MaxStackDepth : 0;
        agreed = new NegotiatedProtocol(Major, offer.Minor, taken, offered);
        return 0;
    }

    /// <summary>Wanted features that the kernel refused, as (name, what they would have been good for).</summary>
    public static IEnumerable<(string Name, string Reason)> Refused(NegotiatedProtocol agreed, bool passthrough = false) =>
        Wanted.Concat(passthrough ? [(FuseInitFlags.Passthrough, PassthroughReason)] : [])
            .Where(w => (agreed.Taken & w.Flag) == 0).Select(w => (w.Flag.ToString(), w.Reason));
}
