using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Preservation;
using VdFs.Core.Storage;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World.Scheduled;

/// <summary>A writer as it would be if it didn't look at the record again once it has the sector's lock: what it saw before is what it goes by.</summary>
internal static class CarelessWriter
{
    public static FsError Write(VdFs.Core.Engine engine, Image image, Worker worker, SimulatedFile file, long offset, ReadOnlySpan<byte> data, Action waitForLock)
    {
        long first = Block.Of(offset);
        long last = Block.Of(offset + data.Length - 1);
        if (!worker.EnterGate())
            return FsError.MustWait;
        // The first write of a generation has to make it; one that needs nothing isn't careless.
        ImageGeneration? generation = image.Generations.LastOrDefault();
        if (generation is null || !image.IsHeld || generation.Number != engine.Status().Generation || generation.Record.IsSet(first, last, out _))
        {
            worker.LeaveGate();
            return image.Write(worker, file, offset, data, WriteDurability.None, out _);
        }
        try
        {
            waitForLock();
            byte[] blocks = new byte[(last - first + 1) << Block.Shift];
            FsError error = file.Read(first << Block.Shift, blocks, out _);
            if (error == FsError.None)
                error = generation.OpenStore(out PreserveStore? store) is var opened && opened != FsError.None ? opened : store!.Write(first, blocks, out _);
            if (error == FsError.None)
                error = generation.Record.Mark(first, last, durable: false);
            return error == FsError.None ? file.Write(offset, data, WriteDurability.None, out _) : error;
        }
        finally
        {
            worker.LeaveGate();
        }
    }
}
