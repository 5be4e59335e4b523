namespace VdFs.PosixProbe.Native;

/// <summary>Constants of x86-64 Linux.</summary>
internal static class Flags
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;
    public const int DataSync = 0x1000;
    public const int Direct = 0x4000;
    public const int Directory = 0x10000;
    public const int NoFollow = 0x20000;
    public const int NoAccessTime = 0x40000;
    public const int Sync = 0x101000;
    public const int PathOnly = 0x200000;
    public const int Unnamed = 0x410000;

    public const int Here = -100;
    public const int SymlinkNoFollow = 0x100;
    public const int SymlinkFollow = 0x400;
    public const int EmptyPath = 0x1000;
    public const int EffectiveAccess = 0x200;

    public const int SeekSet = 0;
    public const int SeekCurrent = 1;
    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;

    public const int KeepSize = 1;
    public const int PunchHole = 2;
    public const int CollapseRange = 8;
    public const int ZeroRange = 0x10;
    public const int InsertRange = 0x20;

    public const uint NoReplace = 1;
    public const uint Exchange = 2;
    public const uint Whiteout = 4;

    public const uint Fifo = 0x1000;
    public const uint CharacterDevice = 0x2000;
    public const uint BlockDevice = 0x6000;
    public const uint Socket = 0xC000;

    public const long TimeNow = 0x3fffffff;
    public const long TimeOmit = 0x3ffffffe;

    public const int GetLock = 5;
    public const int SetLock = 6;
    public const int GetOpenFileLock = 36;
    public const int SetOpenFileLock = 37;
    public const short ReadLock = 0;
    public const short WriteLock = 1;
    public const short NoLock = 2;

    public const int FlockShared = 1;
    public const int FlockExclusive = 2;
    public const int FlockNoWait = 4;
    public const int FlockUnlock = 8;

    public const int AttributeCreate = 1;
    public const int AttributeReplace = 2;

    public const int MapRead = 1;
    public const int MapReadWrite = 3;
    public const int MapShared = 1;
    public const int MapPrivate = 2;
    public const int MapSync = 4;
}
