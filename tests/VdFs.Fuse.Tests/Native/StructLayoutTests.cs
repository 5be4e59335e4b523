using System.Runtime.InteropServices;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Tests.Native;

/// <summary>Sizes and offsets as a C compiler gives them on x86-64 and arm64 (linux/stat.h, sys/vfs.h, linux/openat2.h, fcntl.h).</summary>
public sealed unsafe class StructLayoutTests
{
    [Fact]
    public void Statx_is_laid_out_as_the_kernel_has_it()
    {
        Assert.Equal(256, sizeof(StatxBuffer));
        Assert.Equal(16, sizeof(StatxTime));
        Check<StatxBuffer>(
            (nameof(StatxBuffer.Mask), 0), (nameof(StatxBuffer.BlockSize), 4), (nameof(StatxBuffer.Attributes), 8), (nameof(StatxBuffer.Links), 16),
            (nameof(StatxBuffer.Uid), 20), (nameof(StatxBuffer.Gid), 24), (nameof(StatxBuffer.Mode), 28), (nameof(StatxBuffer.Inode), 32),
            (nameof(StatxBuffer.Size), 40), (nameof(StatxBuffer.Blocks), 48), (nameof(StatxBuffer.AttributesMask), 56),
            (nameof(StatxBuffer.AccessTime), 64), (nameof(StatxBuffer.BirthTime), 80), (nameof(StatxBuffer.ChangeTime), 96), (nameof(StatxBuffer.ModifyTime), 112),
            (nameof(StatxBuffer.RawDeviceMajor), 128), (nameof(StatxBuffer.RawDeviceMinor), 132), (nameof(StatxBuffer.DeviceMajor), 136),
            (nameof(StatxBuffer.DeviceMinor), 140), (nameof(StatxBuffer.MountId), 144));
        Check<StatxTime>((nameof(StatxTime.Seconds), 0), (nameof(StatxTime.Nanoseconds), 8));
    }

    [Fact]
    public void Statfs_is_laid_out_as_the_kernel_has_it()
    {
        Assert.Equal(120, sizeof(StatFsBuffer));
        Check<StatFsBuffer>(
            (nameof(StatFsBuffer.Type), 0), (nameof(StatFsBuffer.BlockSize), 8), (nameof(StatFsBuffer.Blocks), 16), (nameof(StatFsBuffer.FreeBlocks), 24),
            (nameof(StatFsBuffer.AvailableBlocks), 32), (nameof(StatFsBuffer.Files), 40), (nameof(StatFsBuffer.FreeFiles), 48),
            (nameof(StatFsBuffer.FileSystemId), 56), (nameof(StatFsBuffer.NameLength), 64), (nameof(StatFsBuffer.FragmentSize), 72), (nameof(StatFsBuffer.Flags), 80));
    }

    [Fact]
    public void The_small_structures_are_laid_out_as_the_kernel_has_them()
    {
        Assert.Equal(24, sizeof(OpenHow));
        Check<OpenHow>((nameof(OpenHow.Flags), 0), (nameof(OpenHow.Mode), 8), (nameof(OpenHow.Resolve), 16));
        Assert.Equal(16, sizeof(IoVector));
        Check<IoVector>((nameof(IoVector.Base), 0), (nameof(IoVector.Length), 8));
        Assert.Equal(16, sizeof(KernelTime));
        Check<KernelTime>((nameof(KernelTime.Seconds), 0), (nameof(KernelTime.Nanoseconds), 8));
        Assert.Equal(16, sizeof(ResourceLimit));
        Check<ResourceLimit>((nameof(ResourceLimit.Soft), 0), (nameof(ResourceLimit.Hard), 8));
        Assert.Equal(136, sizeof(FileHandleBuffer));
        Check<FileHandleBuffer>((nameof(FileHandleBuffer.Length), 0), (nameof(FileHandleBuffer.Type), 4), (nameof(FileHandleBuffer.Bytes), 8));
    }

    private static void Check<T>(params (string Field, int Offset)[] fields)
    {
        foreach ((string field, int offset) in fields)
            Assert.Equal((field, offset), (field, (int)Marshal.OffsetOf<T>(field)));
    }
}
