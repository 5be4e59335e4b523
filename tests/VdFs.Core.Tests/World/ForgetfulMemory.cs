using VdFs.Core.Snapshots;

namespace VdFs.Core.Tests.World;

/// <summary>A bug put in on purpose: refused cuts are not remembered.</summary>
internal sealed class ForgetfulMemory : IRefusalMemory
{
    public RefusedCut? Refused
    {
        get => null;
        set { }
    }
}
