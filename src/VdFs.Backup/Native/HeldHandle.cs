using Microsoft.Win32.SafeHandles;

namespace VdFs.Backup.Native;

/// <summary>A handle's descriptor, which stays that file's until disposal.</summary>
internal readonly ref struct HeldHandle
{
    private readonly SafeFileHandle handle;
    private readonly bool held;

    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public HeldHandle(SafeFileHandle handle)
    {
        this.handle = handle;
        bool success = false;
        handle.DangerousAddRef(ref success);
        held = success;
        Descriptor = (int)handle.DangerousGetHandle();
    }

    public int Descriptor { get; }

    public void Dispose()
    {
        if (held)
            handle.DangerousRelease();
    }
}
