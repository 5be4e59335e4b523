using System.IO;
using VdFs.Mounted.Tests.Guests;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>Backup programs that know nothing of VdFs copy a snapshot of a guest that goes on writing; what they restore is the view.</summary>
public sealed class BackupToolTests : IDisposable
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(120);
    private readonly TemporaryFolder work = new();

    public void Dispose() => work.Dispose();

    [Theory]
    [InlineData("borg", """
        export BORG_BASE_DIR=$repo-home BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
        [ -e $repo ] || borg init -e none $repo
        cd $view; borg create --sparse $repo::$name .
        """, """
        export BORG_BASE_DIR=$repo-home BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
        cd $to; borg extract --sparse $repo::$name
        """)]
    [InlineData("restic", """
        export RESTIC_PASSWORD=none XDG_CACHE_HOME=$repo-cache
        [ -e $repo ] || restic -q -r $repo init
        cd $view; restic -q -r $repo backup --tag $name .
        """, """
        export RESTIC_PASSWORD=none XDG_CACHE_HOME=$repo-cache
        restic -q -r $repo restore latest --tag $name --target $to
        """)]
    [InlineData("rsync", "rsync -aHAX --sparse $view/ $repo-$name/", "rsync -a $repo-$name/ $to/")]
    public void A_backup_program_copies_a_running_guests_snapshot(string program, string copy, string restore)
    {
        using var images = new MountedImages();
        Directory.CreateDirectory(Path.Combine(images.Mount, "vm"));
        string disk = Path.Combine(images.Mount, "vm/disk.img");
        Tool.Run("qemu-img", "create", "-q", "-f", "raw", disk, "256M").Checked();
        File.WriteAllText(Path.Combine(images.Mount, "vm/notes.txt"), program);
        GuestKernel kernel = GuestKernel.Find();
        using (var guest = new Guest(kernel, GuestInitramfs.Build(kernel, work.Path), disk, "raw"))
        {
            int synced = 0;
            foreach (string name in new[] { "first", "second" })
            {
                guest.WaitUntilSynced(synced + 8, BootLimit);
                images.Cut(name);
                Run(images, copy, name, restore: false);
                synced = guest.LastSynced;
            }
            // It wrote all the while.
            guest.WaitUntilSynced(synced + 2, BootLimit);
            foreach (string name in new[] { "first", "second" })
            {
                Run(images, restore, name, restore: true);
                Tool.Run("diff", ["-r", images.Snapshot(name), Path.Combine(work.Path, "restored-" + name)], ToolLimit).Checked();
            }
            Assert.NotEqual(0, Tool.Run("cmp", "-s", Path.Combine(images.Snapshot("first"), "vm/disk.img"), Path.Combine(images.Snapshot("second"), "vm/disk.img")).ExitCode);
            Assert.Equal(0, guest.Stop(TimeSpan.FromSeconds(60)));
        }
    }

    private void Run(MountedImages images, string script, string name, bool restore)
    {
        string to = Path.Combine(work.Path, "restored-" + name);
        if (restore)
            Directory.CreateDirectory(to);
        Tool.Bash($"repo='{work.Path}/repository' view='{images.Snapshot(name)}' name={name} to='{to}'\n{script}", ToolLimit).Checked();
    }
}
