namespace VdFs.TestKit.Mounting;

/// <summary>How the images of a test get mounted, where the command as root isn't it.</summary>
public interface IMounter
{
    void Mount(MountedImages images);

    void Unmount(MountedImages images);
}
