using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VdFs.Fuse.Native;

namespace VdFs.Fuse.Mounting;

/// <summary>Mounting for users without the permission to, through the set-user-id program fusermount3 of the package fuse3.</summary>
internal static unsafe class FuserMount
{
    private const string Program = "fusermount3";

    public static SafeFileHandle Mount(MountOptions options)
    {
        int* sockets = stackalloc int[2];
        if (MountLibc.socketpair(MountLibc.UnixFamily, MountLibc.StreamSocket, 0, sockets) != 0)
            throw new MountException(MountFailure.Other, $"A socket for {Program} failed: {KernelMount.Words(Marshal.GetLastSystemError())}.");
        using var ours = new SafeFileHandle(sockets[0], ownsHandle: true);
        using var theirs = new SafeFileHandle(sockets[1], ownsHandle: true);
        _ = FuseLibc.fcntl(sockets[0], FuseLibc.FcntlSetDescriptorFlags, 1);

        var start = new ProcessStartInfo(Program) { RedirectStandardError = true, Environment = { ["_FUSE_COMMFD"] = sockets[1].ToString() } };
        foreach (string argument in (string[])["-o", OptionText(options), "--", options.MountPoint])
            start.ArgumentList.Add(argument);
        (int exitCode, string errors) = Run(start);
        if (exitCode != 0)
            throw Explain(options, errors);
        int descriptor = ReceiveDescriptor(sockets[0]);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new MountException(MountFailure.Other, $"{Program} mounted {options.MountPoint} but gave no connection: unmount it with `{Program} -u {options.MountPoint}`.");
    }

    public static void Unmount(string mountPoint, bool lazily)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardError = true };
        start.ArgumentList.Add("-u");
        if (lazily)
            start.ArgumentList.Add("-z");
        start.ArgumentList.Add("--");
        start.ArgumentList.Add(mountPoint);
        (int exitCode, string errors) = Run(start);
        if (exitCode == 0)
            return;
        throw errors.Contains("busy", StringComparison.OrdinalIgnoreCase)
            ? new MountException(MountFailure.MountPointBusy, $"{mountPoint} is in use: end what uses it (fuser -vm {mountPoint} lists it), or unmount it lazily.")
            : new MountException(MountFailure.NotMounted, $"{mountPoint} could not be unmounted: {errors.Trim()}");
    }

    private static string OptionText(MountOptions options)
    {
        // A comma would begin the next option; fusermount3 takes a backslash before it.
        string source = options.Source.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);
        List<string> words = ["fsname=" + source, "subtype=vdfs", "default_permissions", "nosuid", "nodev"];
        if (options.ReadOnly)
            words.Add("ro");
        if (options.Flags.HasFlag(MountFlags.NoExecution))
            words.Add("noexec");
        if (options.Flags.HasFlag(MountFlags.NoAccessTime))
            words.Add("noatime");
        if (options.Flags.HasFlag(MountFlags.NoFolderAccessTime))
            words.Add("nodiratime");
        if (options.AllowOther)
            words.Add("allow_other");
        return string.Join(',', words);
    }

    private static (int ExitCode, string Errors) Run(ProcessStartInfo start)
    {
        try
        {
            using Process process = Process.Start(start)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
        catch (Win32Exception)
        {
            throw new MountException(MountFailure.NoHelper, $"{Program} is missing: install it with `apt install fuse3`, or run vdfs as root.");
        }
    }

    private static MountException Explain(MountOptions options, string errors)
    {
        if (errors.Contains("allow_other", StringComparison.Ordinal))
        {
            return new MountException(
                MountFailure.AllowOtherForbidden, "The option allow_other needs the line `user_allow_other` in /etc/fuse.conf: let root add it, or mount without the option.");
        }
        if (errors.Contains("/dev/fuse", StringComparison.Ordinal) || errors.Contains("device not found", StringComparison.Ordinal))
            return new MountException(MountFailure.NoDevice, $"There is no usable /dev/fuse: {errors.Trim()}");
        return new MountException(
            errors.Contains("ermission", StringComparison.Ordinal) ? MountFailure.NotPermitted : MountFailure.Other,
            $"Mounting at {options.MountPoint} failed: {errors.Trim()}");
    }

    private static int ReceiveDescriptor(int socket)
    {
        byte data;
        var vector = new MountLibc.IoVector { Base = &data, Length = 1 };
        MountLibc.DescriptorMessage control = default;
        var message = new MountLibc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = &control, ControlLength = (nuint)sizeof(MountLibc.DescriptorMessage) };
        nint received = MountLibc.recvmsg(socket, &message, MountLibc.MessageCloseOnExec);
        return received > 0 && control.Level == MountLibc.SocketLevel && control.Type == MountLibc.Rights ? control.Descriptor : -1;
    }
}
