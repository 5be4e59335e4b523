using VdFs.PosixProbe.Native;

namespace VdFs.PosixProbe.Cases;

/// <summary>File handles (name_to_handle_at(2)), by which a server of NFS finds files again.</summary>
internal static class Handles
{
    public static void Handles_of_files_and_folders(Ground g)
    {
        g.File("f");
        g.Folder("d");
        g.Try("file", Posix.Handle(g.At("f")));
        g.Try("folder", Posix.Handle(g.At("d")));
    }
}
