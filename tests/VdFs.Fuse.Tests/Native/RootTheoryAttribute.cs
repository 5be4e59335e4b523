namespace VdFs.Fuse.Tests.Native;

/// <summary>As <see cref="RootFactAttribute"/>, for tests with data.</summary>
internal sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "needs root: it changes owners or attributes that only root may";
    }
}
