namespace VdFs.Core.Recovery;

/// <summary>How a backing directory and the one that a state directory was last mounted with are related.</summary>
internal enum BackingMatchKind
{
    /// <summary>The same directory; or it isn't known which one it was, or nothing is known of any image.</summary>
    Same,

    /// <summary>Another directory that has the images: they were moved, or the directory was made anew around them.</summary>
    Moved,

    /// <summary>The same directory by all but the id that its filesystem has this time: identities of images can't be compared.</summary>
    OtherFileSystemId,

    /// <summary>Another directory, with other images.</summary>
    Other,
}
