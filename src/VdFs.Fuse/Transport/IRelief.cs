namespace VdFs.Fuse.Transport;

/// <summary>Serves requests in place of a thread that is held up.</summary>
public interface IRelief
{
    /// <summary>Sees to it that this request is served and answered. The bytes are the caller's again when this returns.</summary>
    void Take(ReadOnlySpan<byte> request);
}
