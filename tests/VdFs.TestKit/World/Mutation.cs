namespace VdFs.TestKit.World;

/// <summary>
/// A bug put in on purpose: at the seams of storage, tree and catalog it makes the world behave as if the engine had it. This one does nothing;
/// tests derive theirs.
/// </summary>
public class Mutation
{
    /// <summary>What the run is doing, in words; a bug may be in one command alone.</summary>
    public string Step { get; set; } = "";

    /// <summary>True: the call says that it succeeded and does nothing, as if the engine had left it out.</summary>
    public virtual bool Drops(string call) => false;

    /// <summary>A call after which this one takes effect, as if the engine did them in the other order; null: at once.</summary>
    public virtual string? DelaysUntil(string call) => null;

    /// <summary>Other bytes than the engine wrote, or null.</summary>
    public virtual byte[]? Alters(string call, long offset, ReadOnlySpan<byte> data) => null;

    /// <summary>True: a call that fails is taken for one that succeeded.</summary>
    public virtual bool Overlooks(string call) => false;

    /// <summary>Another range than the engine punched.</summary>
    public virtual (long Offset, long Length) AltersPunch(string call, long offset, long length) => (offset, length);
}
