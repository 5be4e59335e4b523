namespace VdFs.Fuse.Session;

/// <summary>What becomes of a request after the dispatcher had it.</summary>
internal enum Disposition
{
    /// <summary>The answer lies in the reply memory and is to be sent.</summary>
    Answer,

    /// <summary>The kernel waits for no answer.</summary>
    NoAnswer,

    /// <summary>It had no effect yet and is to be repeated where waiting is allowed.</summary>
    Defer,

    /// <summary>It had no effect yet and is to be repeated when there may be room in the preserve store; until then it holds no thread.</summary>
    WaitForSpace,
}
