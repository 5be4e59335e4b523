using VdFs.Core.Deltas;
using VdFs.Core.Qcow2;

namespace VdFs.TestKit.Deltas;

/// <summary>What an image of a delta comes to.</summary>
public static class LaidOut
{
    /// <summary>What a chain shows that ends in this image's qcow2.</summary>
    /// <param name="image">The delta.</param>
    /// <param name="former">What its backing file shows; empty for a standalone one.</param>
    /// <param name="content">The view of the newer cut, from which data comes.</param>
    public static byte[] Apply(DeltaImage image, byte[] former, byte[] content)
    {
        byte[] shown = new byte[image.Size];
        former.AsSpan(0, (int)Math.Min(former.Length, image.Size)).CopyTo(shown);
        foreach (ClusterRun run in image.Layout.Runs)
        {
            int start = (int)(run.First << image.Layout.ClusterBits);
            int end = (int)Math.Min(run.End << image.Layout.ClusterBits, image.Size);
            if (run.Kind == ClusterKind.Data)
                content.AsSpan(start, end - start).CopyTo(shown.AsSpan(start));
            else
                shown.AsSpan(start, end - start).Clear();
        }
        return shown;
    }
}
