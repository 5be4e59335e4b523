namespace VdFs.Fuse.Supervision;

/// <summary>How a supervisor's work ended.</summary>
/// <param name="Code">Exit code; 0: unmounted as asked, and all was served.</param>
/// <param name="Message">One sentence; empty if all is well.</param>
public sealed record SupervisorEnd(int Code, string Message);
