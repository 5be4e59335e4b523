using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Space;
using VdFs.Core.Tracking;
using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>What the preserve store may hold, who pays when it is full, and clients that wait for room: what the serving side does with them is done here.</summary>
internal sealed partial class WorldRun
{
    private readonly List<WaitingClient> waiting = [];
    private WhenFull policy;
    private SpaceLimit limit;
    private TimeSpan waitLimit;

    /// <summary>Goes on whatever the clock on the wall does.</summary>
    private TimeSpan elapsed;

    /// <summary>How often the engine said that there may be room.</summary>
    private int roomMade;
    private bool called;

    /// <summary>In this step somebody may have needed more room than there is.</summary>
    private bool roomShort;

    /// <summary>Something failed in this life after room was taken for it: the engine may count more than there is.</summary>
    private bool roomUncertain;
    private long heldBefore;

    private sealed record WaitingClient(OpenImage? Target, Func<Worker, FsError> Attempt, TimeSpan Since);

    /// <summary>With `give-up`, what finds no room costs snapshots; else it costs writers, and no snapshot.</summary>
    private bool GivesUp => policy == WhenFull.GiveUp;

    private EngineOptions WithSpace(EngineOptions wanted)
    {
        (policy, limit, waitLimit) = (WhenFull.GiveUp, SpaceLimit.None, TimeSpan.FromSeconds(30));
        roomUncertain = false;
        if (options.Space && random.Next(2) == 0)
            (policy, limit, waitLimit) = (AnyPolicy(), AnyLimit(), AnyWait());
        return wanted with
        {
            WhenFull = options.Bug == RunBug.PolicyIgnored ? WhenFull.GiveUp : policy, PreserveLimit = options.Bug == RunBug.LimitIgnored ? SpaceLimit.None : limit, WhenFullLimit = waitLimit,
        };
    }

    private WhenFull AnyPolicy() => (WhenFull)random.Next(3);

    private SpaceLimit AnyLimit() => random.Next(3) == 0 ? SpaceLimit.None : new SpaceLimit(random.Next(1, 20) * (long)Block.Size, 0);

    private TimeSpan AnyWait() => TimeSpan.FromSeconds(random.Next(3) switch { 0 => 0, 1 => 5, _ => 30 });

    /// <summary>The administrator changes his mind while the mount is in use.</summary>
    private void ChangeSettings()
    {
        var settings = new SpaceSettings(
            random.Next(2) == 0 ? AnyLimit() : null, random.Next(3) == 0 ? AnyPolicy() : null, random.Next(3) == 0 ? AnyWait() : null);
        Tell($"set limit {settings.Limit}, when full {settings.WhenFull}, wait {settings.WaitLimit}");
        int before = roomMade;
        Outcome outcome = Engine.Set(settings with
        {
            Limit = options.Bug == RunBug.LimitIgnored ? null : settings.Limit, WhenFull = options.Bug == RunBug.PolicyIgnored ? null : settings.WhenFull,
        });
        (policy, limit, waitLimit) = (settings.WhenFull ?? policy, settings.Limit ?? limit, settings.WaitLimit ?? waitLimit);
        if (!outcome.Succeeded)
            throw Violation($"settings were refused: {outcome.Message}");
        ExpectCall(before);
    }

    /// <summary>A client's request: answered, or told to wait for room; then it is tried again later.</summary>
    private void Request(OpenImage? target, Func<Worker, FsError> attempt)
    {
        FsError error = attempt(Client);
        if (error == FsError.MustWaitForSpace)
            waiting.Add(new(target, attempt, elapsed));
        else if (target is not null)
            Give(target);
    }

    /// <summary>Whether it is time to try those who wait: they were called, one's time is over, or it is the interval after which they try of themselves.</summary>
    private bool IsTimeToTry => waiting.Count != 0 && (called || random.Next(4) == 0 || waiting.Any(IsLate));

    private bool IsLate(WaitingClient client) => elapsed - client.Since >= waitLimit;

    private void TryWaiting(bool noLonger = false)
    {
        called = false;
        foreach (WaitingClient client in waiting.ToArray())
        {
            bool late = noLonger || IsLate(client);
            worker!.WaitsForSpace = !late;
            FsError error = client.Attempt(worker);
            worker.WaitsForSpace = true;
            if (error == FsError.MustWaitForSpace)
            {
                if (late)
                    throw Violation("a client waits for room for longer than it may");
                continue;
            }
            waiting.Remove(client);
            if (client.Target is not null)
                Give(client.Target);
        }
    }

    /// <summary>What gives room, or may, must call those who wait for it.</summary>
    private void ExpectCall(int before)
    {
        if (roomMade == before)
            throw Violation("those who wait for room were not called");
    }

    /// <summary>Before something that may need room for that many blocks.</summary>
    private void NeedRoom(long blocks)
    {
        if (limit.IsNone)
            return;
        heldBefore = Held();
        roomShort |= roomUncertain || heldBefore + (blocks * Block.Size) > limit.Bytes;
    }

    /// <summary>After it: nothing was kept beyond the limit, be it that the limit came when there was more already.</summary>
    private void CheckRoom()
    {
        if (!limit.IsNone && !roomUncertain && Held() is var held && held > Math.Max(limit.Bytes, heldBefore))
            throw Violation($"the preserve store holds {held} bytes and may hold {limit.Bytes}");
    }

    private long Held() =>
        (world.Preserve.Files.Where(f => f.EndsWith(".data", StringComparison.Ordinal)).Sum(f => (long)world.Preserve[f].Cache.Present.Count) * Block.Size) + Engine.Images.All.Sum(i => i.RetainedBytes);

    /// <summary>An answer that only the want of room explains.</summary>
    private bool IsForRoom(FsError error, IEnumerable<(string Call, FsError Error)> failed)
    {
        if (error == FsError.MustWaitForSpace && policy != WhenFull.Wait)
            throw Violation("a client was told to wait for room, which nobody asked for");
        return error is FsError.NoSpace or FsError.MustWaitForSpace && !GivesUp && (roomShort || IsTight || failed.Any(f => IsOfStores(f.Call)));
    }

    private static bool IsOfStores(string call) =>
        call.StartsWith("data.", StringComparison.Ordinal) || call.StartsWith("sums.", StringComparison.Ordinal) || call.StartsWith("preserve.", StringComparison.Ordinal);

    private bool IsOpen(ModelImage image) => open.Any(o => o.Model == image) || waiting.Any(w => w.Target?.Model == image);
}
