namespace VdFs.Fuse.Native;

/// <summary>Flags of INIT; those from bit 32 on travel in flags2.</summary>
[Flags]
internal enum FuseInitFlags : ulong
{
    None = 0,
    AsyncRead = 1UL << 0,
    PosixLocks = 1UL << 1,
    AtomicOTrunc = 1UL << 3,
    ExportSupport = 1UL << 4,
    BigWrites = 1UL << 5,
    DontMask = 1UL << 6,
    SpliceWrite = 1UL << 7,
    SpliceMove = 1UL << 8,
    SpliceRead = 1UL << 9,
    FlockLocks = 1UL << 10,
    HasIoctlDir = 1UL << 11,
    AutoInvalData = 1UL << 12,
    DoReaddirplus = 1UL << 13,
    ReaddirplusAuto = 1UL << 14,
    AsyncDio = 1UL << 15,
    WritebackCache = 1UL << 16,
    NoOpenSupport = 1UL << 17,
    ParallelDirops = 1UL << 18,
    HandleKillpriv = 1UL << 19,
    PosixAcl = 1UL << 20,
    AbortError = 1UL << 21,
    MaxPages = 1UL << 22,
    CacheSymlinks = 1UL << 23,
    NoOpendirSupport = 1UL << 24,
    ExplicitInvalData = 1UL << 25,
    MapAlignment = 1UL << 26,
    Submounts = 1UL << 27,
    HandleKillprivV2 = 1UL << 28,
    SetxattrExt = 1UL << 29,
    InitExt = 1UL << 30,
    SecurityCtx = 1UL << 32,
    HasInodeDax = 1UL << 33,
    CreateSuppGroup = 1UL << 34,
    HasExpireOnly = 1UL << 35,
    DirectIoAllowMmap = 1UL << 36,
    Passthrough = 1UL << 37,
    NoExportSupport = 1UL << 38,
    HasResend = 1UL << 39,
    AllowIdmap = 1UL << 40,
    OverIoUring = 1UL << 41,
    RequestTimeout = 1UL << 42,
}

/// <summary>FUSE_GETATTR_…</summary>
internal static class FuseGetattrFlags
{
    public const uint Fh = 1;
}

/// <summary>FATTR_…: which fields of a SETATTR count.</summary>
[Flags]
internal enum FuseSetattrValid : uint
{
    Mode = 1 << 0,
    Uid = 1 << 1,
    Gid = 1 << 2,
    Size = 1 << 3,
    Atime = 1 << 4,
    Mtime = 1 << 5,
    Fh = 1 << 6,
    AtimeNow = 1 << 7,
    MtimeNow = 1 << 8,
    LockOwner = 1 << 9,
    Ctime = 1 << 10,
    KillSuidgid = 1 << 11,
}

/// <summary>FOPEN_…: what the answer to OPEN tells the kernel.</summary>
[Flags]
internal enum FuseOpenedFlags : uint
{
    None = 0,
    DirectIo = 1,
    KeepCache = 2,
    Nonseekable = 4,
    CacheDir = 8,
    Stream = 16,
    Noflush = 32,
    ParallelDirectWrites = 64,
    Passthrough = 128,
}

/// <summary>Flags of single requests.</summary>
internal static class FuseRequestFlags
{
    /// <summary>FUSE_OPEN_KILL_SUIDGID.</summary>
    public const uint OpenKillSuidgid = 1;

    /// <summary>FUSE_WRITE_KILL_SUIDGID.</summary>
    public const uint WriteKillSuidgid = 1 << 2;

    /// <summary>FUSE_FSYNC_FDATASYNC.</summary>
    public const uint FsyncDataOnly = 1;

    /// <summary>FUSE_SETXATTR_ACL_KILL_SGID.</summary>
    public const uint SetxattrAclKillSgid = 1;
}

/// <summary>enum fuse_notify_code.</summary>
internal enum FuseNotifyCode
{
    InvalInode = 2,
    InvalEntry = 3,
    Store = 4,
    Retrieve = 5,
    Delete = 6,
    Resend = 7,
    IncEpoch = 8,
    Prune = 9,
}
