using System.Text;
using VdFs.Core;
using VdFs.Core.Deltas;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.TestKit.Deltas;

namespace VdFs.Fuse.Tests.State;

/// <summary>Deltas of all pairs of cuts.</summary>
internal sealed partial class StateWorld
{
    /// <summary>Each delta leads from what was to what was later, or can't be had.</summary>
    /// <returns>Whether all can be had, and none is full that need not be.</returns>
    private bool VerifyDeltas()
    {
        bool whole = true;
        Snapshot[] known = [.. Engine!.Snapshots.All.Where(s => cuts.ContainsKey(s.Name))];
        foreach (Snapshot to in known.Where(s => s.Held))
        {
            foreach (Snapshot? from in known.Where(s => s.Number < to.Number).Append(null))
            {
                Outcome found = Engine.FindDelta(from?.Name ?? "", to.Name, mayWait: true, out Delta? delta);
                Assert.True(found.Succeeded, found.Message);
                foreach ((string name, byte[] then) in cuts[to.Name])
                    whole &= VerifyDelta(delta!, from, name, then);
            }
        }
        return whole;
    }

    private bool VerifyDelta(Delta delta, Snapshot? from, string name, byte[] then)
    {
        if (delta.Newer.LossOf(ImageId.None) is not null)
            return false;
        FileListEntry entry = delta.Newer.Files.FindPath(Encoding.UTF8.GetBytes(name))!;
        if (delta.Newer.LossOf(entry.Image) is not null || Engine!.Images.Find(entry.Image) is not { } image)
            return false;
        Ok(backing.OpenImage(image.Id, image.Identity, Encoding.UTF8.GetBytes(name), out IBackingFile? file));
        DeltaImage? laid;
        using (file)
        {
            Outcome outcome = Engine.LayOut(delta, entry, image, file!, out laid);
            if (!outcome.Succeeded || delta.Newer.LossOf(entry.Image) is not null)
                return false;
        }
        byte[] former = laid!.Full ? [] : cuts[from!.Name][name];
        Assert.True(LaidOut.Apply(laid, former, then).AsSpan().SequenceEqual(then), $"the delta of {name} from {from?.Name} to {delta.Newer.Name}");
        return laid.Reason.Length == 0;
    }
}
