using VdFs.Core.Catalog;
using VdFs.Core.Checking;
using VdFs.Core.Errors;

namespace VdFs.Core;

/// <summary>A check of the state while it is in use. Holds no lock: cuts, releases and writers go on beside it.</summary>
public sealed partial class Engine
{
    public Outcome Check(CheckOptions options, out CheckReport? report)
    {
        CheckReport? made = null;
        Outcome outcome = Try(() => made = new StateCheck(host.State, host.Preserve, catalog, backing, options with { Live = true }).Run());
        report = made;
        return outcome;
    }
}
