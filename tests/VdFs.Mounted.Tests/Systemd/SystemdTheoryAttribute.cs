namespace VdFs.Mounted.Tests.Systemd;

/// <inheritdoc cref="SystemdFactAttribute"/>
internal sealed class SystemdTheoryAttribute : TheoryAttribute
{
    public SystemdTheoryAttribute() => Skip = SystemdFactAttribute.Reason;
}
