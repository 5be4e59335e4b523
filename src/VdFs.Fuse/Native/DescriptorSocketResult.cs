namespace VdFs.Fuse.Native;

/// <summary>What <see cref="DescriptorSocket.Receive"/> found.</summary>
internal enum DescriptorSocketResult
{
    Message,

    /// <summary>No message yet.</summary>
    Nothing,

    /// <summary>The other end is closed.</summary>
    Ended,
}
