using VdFs.TestKit.World;

namespace VdFs.Core.Tests.World;

/// <summary>A bug said in functions of a call's label.</summary>
internal sealed class SeamMutation : Mutation
{
    /// <summary>Calls that are left out; asked with the label and what the run is doing.</summary>
    public Func<string, string, bool> Dropped { get; init; } = static (_, _) => false;

    /// <summary>Calls that take effect only after another: label to label.</summary>
    public Func<string, string?> Delayed { get; init; } = static _ => null;

    public Func<string, bool> Overlooked { get; init; } = static _ => false;

    /// <summary>Blocks that are punched beyond those that may be, on either side.</summary>
    public int PunchesBeyond { get; init; }

    public override bool Drops(string call) => Dropped(call, Step);

    public override string? DelaysUntil(string call) => Delayed(call);

    public override bool Overlooks(string call) => Overlooked(call);

    public override (long Offset, long Length) AltersPunch(string call, long offset, long length)
    {
        if (PunchesBeyond == 0 || call != "data.punch")
            return (offset, length);
        long start = Math.Max(0, offset - (PunchesBeyond * 4096L));
        return (start, offset + length + (PunchesBeyond * 4096L) - start);
    }
}
