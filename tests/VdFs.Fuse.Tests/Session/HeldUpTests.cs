using System.Globalization;
using System.Text.Json;
using VdFs.FileSystem.Tree;

namespace VdFs.Fuse.Tests.Session;

/// <summary>A request that waits for a device must not make others wait: not those in the kernel's queue, and not those that its thread has in hand.</summary>
public sealed class HeldUpTests : IDisposable
{
    private readonly MemoryTree tree = new();
    private readonly RecordingLog log = new();
    private readonly ManualResetEventSlim goOn = new();

    public void Dispose()
    {
        goOn.Set();
        tree.Dispose();
        goOn.Dispose();
        Assert.Empty(log.Lines);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deep_queue_of_reads_goes_on_while_reads_of_another_file_are_held_up(bool byRing)
    {
        using var mounted = new MountedTree(tree, log, byRing, cloned: false);
        mounted.Run("head -c 4M /dev/urandom > fast; head -c 4096 /dev/zero > slow");
        int held = 0;
        ulong slow = ulong.Parse(mounted.Run("stat -c %i slow"), CultureInfo.InvariantCulture);
        tree.BeforeRead = node =>
        {
            if (node.Value != slow)
                return;
            Interlocked.Increment(ref held);
            goOn.Wait();
        };
        // The last one when nothing has been held up for so long that the watch looks less often.
        Task<string> reading = Task.Run(() => mounted.Run("for pause in 0.3 0.3 1.9; do sleep $pause; dd if=slow of=/dev/null bs=4k iflag=direct status=none & done; wait; echo read"));
        string said = mounted.Run("timeout 15 fio --name=x --filename=fast --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=16 --time_based --runtime=4 --output-format=json");
        // fio tells what it noticed on its way before it tells the rest.
        JsonElement job = JsonDocument.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("jobs")[0];
        Assert.Equal(3, Volatile.Read(ref held));
        Assert.False(reading.IsCompleted);
        Assert.Equal(0, job.GetProperty("error").GetInt32());
        Assert.InRange(job.GetProperty("read").GetProperty("lat_ns").GetProperty("max").GetDouble() / 1e9, 0, 1);
        Assert.InRange(job.GetProperty("read").GetProperty("total_ios").GetInt64(), 1000, long.MaxValue);
        goOn.Set();
        Assert.Equal("read", await reading.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    /// <summary>Each of these waits is shorter than the time between two looks of the watch by then.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Reads_that_wait_for_a_moment_each_soon_wait_side_by_side_even_after_a_time_without_any_wait(bool byRing)
    {
        using var mounted = new MountedTree(tree, log, byRing, cloned: false);
        mounted.Run("head -c 4M /dev/urandom > fast; cp fast slow");
        ulong slow = ulong.Parse(mounted.Run("stat -c %i slow"), CultureInfo.InvariantCulture);
        int begun = 0;
        int waiting = 0;
        int begunWithThree = int.MaxValue;
        tree.BeforeRead = node =>
        {
            if (node.Value != slow)
                return;
            int nth = Interlocked.Increment(ref begun);
            if (Interlocked.Increment(ref waiting) >= 3 && nth < Volatile.Read(ref begunWithThree))
                Volatile.Write(ref begunWithThree, nth);
            Thread.Sleep(3);
            Interlocked.Decrement(ref waiting);
        };
        const string Read = "timeout 15 fio --name=x --rw=randread --bs=4k --direct=1 --ioengine=libaio --iodepth=16 --time_based";
        mounted.Run($"{Read} --filename=fast --runtime=2; {Read} --filename=slow --runtime=2");
        Assert.InRange(begunWithThree, 3, 100);
    }
}
