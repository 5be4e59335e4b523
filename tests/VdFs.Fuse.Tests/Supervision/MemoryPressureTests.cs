using System.IO;
using VdFs.Fuse.Supervision;
using VdFs.TestKit.Mounting;

namespace VdFs.Fuse.Tests.Supervision;

public sealed class MemoryPressureTests : IDisposable
{
    private const string Plenty = "MemTotal:       1000 kB\nMemFree:          10 kB\nMemAvailable:    500 kB\n";
    private readonly TemporaryFolder work = new();

    [Theory]
    [InlineData("4:memory:/a/b\n0::/\n", "31 24 0:28 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n", "/sys/fs/cgroup/memory/a/b,/sys/fs/cgroup/memory/a,/sys/fs/cgroup/memory")]
    [InlineData("0::/user.slice/x\n", "31 24 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/user.slice/x,/sys/fs/cgroup/user.slice,/sys/fs/cgroup")]
    [InlineData("4:cpu,memory:/docker/c\n", "31 24 0:28 /docker/c /cg rw - cgroup none rw,cpu,memory\n", "/cg")]
    [InlineData("3:cpu:/x\n", "31 24 0:28 / /cg rw - cgroup none rw,cpu\n", "")]
    public void Groups_are_found_from_the_own_one_upwards(string membership, string mounts, string expected) =>
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), MemoryPressure.Groups(membership, mounts));

    [Theory]
    [InlineData("memory.max", "memory.current", "1000", "990", true)]
    [InlineData("memory.max", "memory.current", "1000", "500", false)]
    [InlineData("memory.max", "memory.current", "max", "990", false)]
    [InlineData("memory.limit_in_bytes", "memory.usage_in_bytes", "1000", "960", true)]
    [InlineData("memory.limit_in_bytes", "memory.usage_in_bytes", "9223372036854771712", "960", false)]
    public void Memory_is_short_when_a_group_has_used_up_what_it_may(string limit, string usage, string most, string now, bool expected)
    {
        File.WriteAllText(Path.Combine(work.Path, limit), most + "\n");
        File.WriteAllText(Path.Combine(work.Path, usage), now + "\n");
        using var pressure = Of(Plenty);
        Assert.Equal(expected, pressure.IsShort());
    }

    [Fact]
    public void It_is_short_when_the_machine_has_none_left_and_when_that_can_not_be_told_it_is_not()
    {
        using (var none = Of("MemTotal:       1000 kB\nMemFree:          10 kB\nMemAvailable:     20 kB\n"))
            Assert.True(none.IsShort());
        using (var odd = Of("nothing of the sort\n"))
            Assert.False(odd.IsShort());
        using (var own = MemoryPressure.OfThisProcess())
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            own.IsShort();
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    public void Dispose() => work.Dispose();

    private MemoryPressure Of(string machine)
    {
        string path = Path.Combine(work.Path, "meminfo");
        File.WriteAllText(path, machine);
        return new MemoryPressure([work.Path], path);
    }
}
