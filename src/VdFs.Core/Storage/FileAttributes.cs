namespace VdFs.Core.Storage;

/// <summary>A file's attributes, in Unix terms.</summary>
public struct FileAttributes : IEquatable<FileAttributes>
{
    public const uint TypeMask = 0xF000;
    public const uint TypeFifo = 0x1000;
    public const uint TypeCharacterDevice = 0x2000;
    public const uint TypeDirectory = 0x4000;
    public const uint TypeBlockDevice = 0x6000;
    public const uint TypeRegular = 0x8000;
    public const uint TypeSymlink = 0xA000;
    public const uint TypeSocket = 0xC000;

    public FileKey Key;
    public long Size;

    /// <summary>Room taken, in units of 512 bytes.</summary>
    public long Blocks;

    public TimeSpec AccessTime;
    public TimeSpec ModifyTime;
    public TimeSpec ChangeTime;

    /// <summary>Birth time; zero where the filesystem keeps none.</summary>
    public TimeSpec BirthTime;

    /// <summary>Type (<see cref="TypeMask"/>) and permission bits (0..07777).</summary>
    public uint Mode;

    public uint Links;
    public uint Uid;
    public uint Gid;

    /// <summary>For device nodes: the device number as Linux encodes it in 32 bits (minor low 8, major 12, minor high 12).</summary>
    public uint RawDevice;

    /// <summary>Preferred I/O size in bytes.</summary>
    public uint BlockSize;

    public readonly bool IsRegular => (Mode & TypeMask) == TypeRegular;
    public readonly bool IsDirectory => (Mode & TypeMask) == TypeDirectory;
    /// <summary>A regular file with set-user-id or set-group-id.</summary>
    public readonly bool HasSetIds => IsRegular && (Mode & 0xC00) != 0;

    public readonly bool IsSymlink => (Mode & TypeMask) == TypeSymlink;

    public readonly bool Equals(FileAttributes other) =>
        Key == other.Key && Size == other.Size && Blocks == other.Blocks && AccessTime == other.AccessTime
        && ModifyTime == other.ModifyTime && ChangeTime == other.ChangeTime && BirthTime == other.BirthTime
        && Mode == other.Mode && Links == other.Links && Uid == other.Uid && Gid == other.Gid
        && RawDevice == other.RawDevice && BlockSize == other.BlockSize;

    public override readonly bool Equals(object? obj) => obj is FileAttributes other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Key, Size, ModifyTime, ChangeTime, Mode);

    public static bool operator ==(FileAttributes left, FileAttributes right) => left.Equals(right);

    public static bool operator !=(FileAttributes left, FileAttributes right) => !left.Equals(right);
}
