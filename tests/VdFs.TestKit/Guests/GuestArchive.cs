using System.IO;
using VdFs.TestKit.Processes;

namespace VdFs.TestKit.Guests;

/// <summary>A guest's first root: busybox, kernel modules (their names, in the order of loading, in /modules/order), and one script that is its init.</summary>
public static class GuestArchive
{
    /// <summary>What a virtio disk needs.</summary>
    public static readonly IReadOnlyList<string> DiskModules =
        ["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_mmio", "virtio_blk"];

    /// <summary>Builds the archive in <paramref name="folder"/> and answers its path.</summary>
    /// <param name="kernel">Whose modules.</param>
    /// <param name="folder">Where; its subfolder `initramfs` becomes the root.</param>
    /// <param name="modules">Names of modules; those that are built in are left out.</param>
    /// <param name="init">The script.</param>
    /// <param name="addMore">Puts more into the root, whose path it's given.</param>
    public static string Build(GuestKernel kernel, string folder, IEnumerable<string> modules, string init, Action<string>? addMore = null)
    {
        string root = Directory.CreateDirectory(Path.Combine(folder, "initramfs")).FullName;
        string modulesFolder = Directory.CreateDirectory(Path.Combine(root, "modules")).FullName;
        Directory.CreateDirectory(Path.Combine(root, "bin"));
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        File.Copy(Tool.Find("busybox"), Path.Combine(root, "bin/busybox"));
        foreach (string name in modules)
        {
            // What is built in has no file.
            string? module = Directory.GetFiles(kernel.Modules, name + ".ko*", SearchOption.AllDirectories).FirstOrDefault();
            if (module is null)
                continue;
            Tool.Bash(module.EndsWith(".xz", StringComparison.Ordinal)
                ? $"xz -dc {module} > {modulesFolder}/{name}.ko" : $"cp {module} {modulesFolder}/{name}.ko").Checked();
            File.AppendAllText(Path.Combine(modulesFolder, "order"), name + ".ko\n");
        }
        addMore?.Invoke(root);
        string script = Path.Combine(root, "init");
        File.WriteAllText(script, init.ReplaceLineEndings("\n") + "\n");
        Tool.Run("chmod", "755", script).Checked();
        string archive = Path.Combine(folder, "initrd.gz");
        Tool.Bash($"find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 > {archive}", folder: root).Checked();
        return archive;
    }
}
