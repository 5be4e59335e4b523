using VdFs.Core.Errors;

namespace VdFs.Core.Tests.World;

/// <summary>
/// Several clients, without threads: in the middle of one's command, at calls where the engine holds no lock that a writer takes, another does something.
/// With the gate closed it is told to wait, as a serving thread is.
/// </summary>
internal sealed partial class WorldRun
{
    private bool interruptible;
    private int depth;

    private Worker Client => depth == 0 ? worker! : interrupter!;

    /// <summary>A cut looks at the clock when nothing can change any more: that is its instant.</summary>
    private void OnClock()
    {
        if (creating is not null && captured is null && Engine.Gate.IsClosed)
            Capture();
    }

    private void OnCall(string call)
    {
        if (call is "intents.sync" or "state.syncall")
            syncs++;
        if (!interruptible || depth != 0 || !Interrupts(call) || random.Next(3) != 0)
            return;
        depth++;
        string outer = step;
        try
        {
            switch (random.Next(creating is null ? 4 : 8))
            {
                case < 3: Write(); break;
                case 3: Punch(); break;
                case 4: Resize(); break;
                case 5: CreateImage(); break;
                case 6: DeleteImage(); break;
                default: RenameImage(); break;
            }
        }
        finally
        {
            depth--;
            step = outer;
        }
    }

    private bool Interrupts(string call) =>
        call is "catalog.pending" or "catalog.complete" or "catalog.release" or "tree.read" or "tree.stat"
        or "tree.syncall" or "preserve.syncall" or "state.syncall" || (viewing && call == "image.read");
}
