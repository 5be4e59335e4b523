namespace VdFs.FileSystem.Views;

/// <summary>What of a name of the newer cut's file list a delta's node is; two bits of its id.</summary>
internal enum DeltaPart
{
    /// <summary>A folder, or an image's qcow2.</summary>
    Data = 0,

    /// <summary>The JSON beside an image's qcow2.</summary>
    Description = 1,

    /// <summary>`deleted.json`, of the root.</summary>
    Deleted = 2,
}
