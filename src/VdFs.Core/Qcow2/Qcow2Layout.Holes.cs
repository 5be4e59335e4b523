using VdFs.Core.Errors;

namespace VdFs.Core.Qcow2;

/// <summary>Where the file has nothing but zeros by its structure: gaps, and clusters of the L1 table without an entry. Data is data, whatever it holds.</summary>
public sealed partial class Qcow2Layout
{
    /// <summary>
    /// SEEK_DATA or SEEK_HOLE of lseek(2): the first offset at or after this one that is data, or lies in a hole; the end of the file counts as a hole.
    /// <see cref="FsError.NoSuchAddress"/> past the end, or if no data follows.
    /// </summary>
    public FsError Seek(long offset, bool hole, out long result)
    {
        result = 0;
        if (offset < 0 || offset >= Length)
            return FsError.NoSuchAddress;
        long cluster = offset >> ClusterBits;
        while (cluster < places.End)
        {
            bool isHole = IsHole(cluster, out long end);
            if (isHole == hole)
            {
                result = Math.Max(offset, cluster << ClusterBits);
                return FsError.None;
            }
            cluster = end;
        }
        result = Length;
        return hole ? FsError.None : FsError.NoSuchAddress;
    }

    /// <summary>Whether a cluster of the file is a hole, and up to where that goes on, at least.</summary>
    private bool IsHole(long cluster, out long end)
    {
        if (cluster < (end = Qcow2Places.Data + index.DataClusters))
            return false;
        if (cluster < (end = places.L2))
            return true;
        if (cluster < (end = places.L2 + index.Tables))
            return false;
        if (cluster < (end = places.L1))
            return true;
        if (cluster < places.RefcountTable)
            return IsEmptyL1(cluster, out end);
        end = cluster + 1;
        return cluster >= places.RefcountBlocks && IsEmptyBlock(cluster - places.RefcountBlocks);
    }

    private bool IsEmptyL1(long cluster, out long end)
    {
        long table = index.TableFrom((cluster - places.L1) << (ClusterBits - 3), out _);
        if (table < 0)
        {
            end = places.RefcountTable;
            return true;
        }
        long with = places.L1 + (table >> (ClusterBits - 3));
        end = with > cluster ? with : cluster + 1;
        return with > cluster;
    }

    /// <summary>Whether all that a refcount block speaks of lies in gaps.</summary>
    private bool IsEmptyBlock(long block)
    {
        long first = block << (ClusterBits - 1);
        long end = (block + 1) << (ClusterBits - 1);
        return first >= Qcow2Places.Data + index.DataClusters
            && (end <= places.L2 || first >= places.L2 + index.Tables || index.Tables == 0)
            && end <= places.L1;
    }

    private long HoleBytes()
    {
        long holes = 0;
        // Of the refcount blocks only those of a gap can be empty; without one there is none to look at.
        long last = places.DataRoom == index.DataClusters && places.TableRoom == index.Tables ? places.RefcountTable : places.End;
        for (long cluster = places.L1; cluster < last;)
        {
            bool hole = IsHole(cluster, out long end);
            holes += hole ? end - cluster : 0;
            cluster = end;
        }
        return (holes + (places.DataRoom - index.DataClusters) + (places.TableRoom - index.Tables)) << ClusterBits;
    }
}
