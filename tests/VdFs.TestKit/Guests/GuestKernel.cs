using System.IO;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Guests;

/// <summary>A kernel for guests: fetched by native-deps/guest-kernel.sh, or that of an installed Debian package.</summary>
/// <param name="Image">Path of vmlinuz.</param>
/// <param name="Modules">Folder of its modules.</param>
public sealed record GuestKernel(string Image, string Modules)
{
    public static GuestKernel Find()
    {
        string script = Path.Combine(Repository.Root, "native-deps/guest-kernel.sh");
        string root = File.Exists(script) ? Tool.Run("bash", [script], TimeSpan.FromMinutes(5)).Checked().Lines[^1] : "/";
        foreach (string image in Directory.GetFiles(Path.Combine(root, "boot"), "vmlinuz-*").Order().Reverse())
        {
            string modules = Path.Combine(root, "lib/modules", Path.GetFileName(image)["vmlinuz-".Length..]);
            if (Directory.Exists(modules))
                return new GuestKernel(image, modules);
        }
        throw new FileNotFoundException($"No kernel with modules for guests below {root}; install linux-image-cloud-amd64.");
    }
}
