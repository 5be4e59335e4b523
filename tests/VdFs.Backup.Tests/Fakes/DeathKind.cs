namespace VdFs.Backup.Tests.Fakes;

internal enum DeathKind
{
    /// <summary>The step that dies has no effect.</summary>
    Before,

    /// <summary>It has its effect.</summary>
    After,

    /// <summary>Nobody dies: the step fails for want of space, later ones don't.</summary>
    Full,
}
