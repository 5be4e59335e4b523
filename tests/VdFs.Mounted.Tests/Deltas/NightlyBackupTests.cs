using System.IO;

namespace VdFs.Mounted.Tests.Deltas;

/// <summary>mount-scripts/backup-with-rsync: whatever came between, the next run makes a backup that restores byte for byte, and says what it met.</summary>
public sealed class NightlyBackupTests : IDisposable
{
    private readonly NightlyWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void Nights_restore_byte_for_byte_and_older_ones_are_merged_into_those_that_are_kept()
    {
        string[] days =
        [
            "ln db/disk.img link.img; truncate -s 20M sparse; head -c 70001 /dev/urandom > $'n\\nl'; cp small 'db/a b@..x'; cp small ./-rf; cp small '#x'; cp small $'\\xff\\xfe'; cp small nbd:x:1; for n in 'x[$(touch bad)]' 'y]'; do cp small \"$n\"; ln \"$n\" \"$n.link\"; done",
            "mv sparse moved; rm small; truncate -s 400000 db/disk.img; fallocate -p -o 1000 -l 60000 $'n\\nl'",
            "truncate -s 30M moved; echo end >> moved; truncate -s 3M db/disk.img; mkdir deep; mv $'n\\nl' deep/nl; ln -f db/disk.img second.img",
            "truncate -s 1M moved; rm -r deep; mkdir deep; echo another > deep/nl; rm link.img",
            "mkdir images nights; cp moved images/deleted.json; mkdir deleted.json; echo x >> deep/nl",
            "mv second.img third.img; rm -r nights images",
        ];
        world.Night("--init", "--keep", "3");
        for (int night = 0; night < days.Length; night++)
        {
            world.Write(night);
            world.Change(days[night]);
            world.Night("--keep", "3");
            world.AssertRestores(Math.Min(night + 2, 3));
        }
        Assert.InRange(world.Size(world.Nights[^1]), 1, 100_000);
        // Each night has its own list of what was deleted, and nothing of the nights that went is left.
        Assert.Contains("\"path\":\"images/deleted.json\"", File.ReadAllText($"{world.Target}/nights/{world.Nights[2]}/deleted.json"), StringComparison.Ordinal);
        Assert.Contains("\"path\":\"deep/nl\"", File.ReadAllText($"{world.Target}/nights/{world.Nights[0]}/deleted.json"), StringComparison.Ordinal);
        string[] times = [.. world.Nights.Select(n => n[(n.IndexOf('@') + 1)..])];
        Assert.All(Directory.GetFiles($"{world.Target}/images", "*", SearchOption.AllDirectories), f => Assert.Contains(times, t => f.Contains($"@{t}.", StringComparison.Ordinal)));
        Assert.Empty(world.Held);
        Assert.Single(Directory.GetDirectories(world.Images.Checkpoints));
    }

    [Fact]
    public void Killed_at_any_step_the_next_run_goes_on_and_no_complete_night_is_lost()
    {
        world.Night("--init");
        world.Write(1);
        world.Change("ln db/disk.img link.img");
        world.Night();
        string count = Path.Combine(world.Images.Scratch, "count");
        int step = 0;
        ToolResult result;
        do
        {
            world.Write(step);
            File.WriteAllText(count, $"{++step}");
            IReadOnlyList<string> before = world.Nights;
            result = world.RunWith(
                "rsync mv sync qemu-img rmdir",
                $"""
                n=$(<{count}); echo $((n - 1)) > {count}
                if ((n == 1 && {step} % 2)); then kill -9 $PPID; exit 1; fi
                "$REAL" "$@"; r=$?
                if ((n == 1)); then kill -9 $PPID; fi
                exit $r
                """,
                "--keep", "2");
            Assert.Contains(before[^1], world.Nights);
            // What the run that was killed had begun is that night's, whatever guests write until it is completed.
            world.SavePending();
            world.Write(step + 1);
            world.Night("--keep", "2");
            Assert.Empty(world.Held);
            if (step % 2 == 0 || result.ExitCode == 0)
                world.AssertRestores(2);
        }
        while (result.ExitCode != 0 && step < 100);
        Assert.InRange(step, 12, 99);
    }

    [Fact]
    public void A_run_that_is_interrupted_says_so_and_the_next_one_completes_its_night_and_makes_its_own()
    {
        world.Night("--init");
        world.Write(1);
        world.SavePending();
        ToolResult result = world.RunWith("rsync", "kill -TERM $PPID; exec sleep 60");
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("the next run goes on", result.Error, StringComparison.Ordinal);
        Assert.Single(world.Held);
        world.Write(2);
        result = world.Night();
        Assert.Contains("a run that didn't finish; going on with it", result.Error, StringComparison.Ordinal);
        world.AssertRestores(3);
        Assert.InRange(world.Size(world.Nights[1]), 1, 100_000);
    }

    [Fact]
    public void A_snapshot_that_was_given_up_is_released_and_another_one_taken()
    {
        world.Night("--init");
        world.Write(1);
        Assert.NotEqual(0, world.RunWith("rsync", "kill -9 $PPID; exit 1").ExitCode);
        VdfsCommand.Run("set", world.Images.Mount, "--preserve-limit", "1M").Checked();
        world.Change("head -c 8000000 /dev/urandom > big; mkdir .snapshots/other; rmdir .snapshots/other");
        world.Change("for i in 1 2 3 4 5 6 7 8; do head -c 900000 /dev/urandom | dd of=db/disk.img conv=notrunc status=none; mkdir .snapshots/s$i; done; rmdir .snapshots/s?");
        string state = Tool.Run("getfattr", "--only-values", "-n", "user.vdfs.state", $"{world.Images.Snapshot(world.Held[0])}/db/disk.img").Checked().Output.Trim();
        Assert.StartsWith("lost", state, StringComparison.Ordinal);
        ToolResult result = world.Night();
        Assert.Contains("can't be read any more", result.Error, StringComparison.Ordinal);
        Assert.Contains(state, result.Error, StringComparison.Ordinal);
        world.AssertRestores(2);
        Assert.Empty(world.Held);
    }

    [Fact]
    public void A_snapshot_of_a_run_that_was_interrupted_may_be_released_by_hand()
    {
        world.Night("--init");
        world.Write(1);
        Assert.NotEqual(0, world.RunWith("rsync", "\"$REAL\" \"$@\"; kill -9 $PPID; exit 1").ExitCode);
        string held = Assert.Single(world.Held);
        world.Images.Release(held);
        world.Write(2);
        Assert.Contains($"The snapshot {held} of a run that didn't finish is gone", world.Night().Error, StringComparison.Ordinal);
        world.AssertRestores(2);
        Assert.Equal(8, Directory.GetFiles($"{world.Target}/images", "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Where_the_checkpoint_is_gone_or_its_name_another_cut_s_all_is_copied()
    {
        world.Night("--init");
        world.Images.Forget(world.Name(1));
        world.Write(1);
        Assert.Contains("the checkpoint", world.Night().Error, StringComparison.Ordinal);
        Assert.InRange(world.Size(world.Nights[1]), 900_000, 2_000_000);
        world.Write(2);
        // By hand: now the name means a cut that no backup has.
        world.Images.Cut(world.Name(2));
        world.Write(3);
        world.Images.Release(world.Name(2));
        world.Write(4);
        Assert.Contains("isn't that of the last backup", world.Night().Error, StringComparison.Ordinal);
        Assert.InRange(world.Size(world.Nights[2]), 900_000, 2_000_000);
        world.AssertRestores(3);
        // Other people's snapshots are nothing to it.
        world.Change("for n in tonight nightly tonight; do mkdir .snapshots/$n; rmdir .snapshots/$n; done");
        world.Write(5);
        Assert.Empty(world.Night().Error);
        Assert.InRange(world.Size(world.Nights[3]), 1, 100_000);
        world.AssertRestores(4);
    }

    [Fact]
    public void An_image_whose_files_are_gone_from_the_target_is_copied_whole_and_the_check_tells()
    {
        world.Night("--init");
        world.Write(1);
        world.Night();
        string[] files = Directory.GetFiles($"{world.Target}/images/db", "*.qcow2");
        File.Delete(files.Order(StringComparer.Ordinal).First());
        ToolResult check = Tool.Run(NightlyWorld.Script, "--check", world.Target);
        Assert.Equal(10, check.ExitCode);
        Assert.Contains("db/disk.img is missing", check.Output, StringComparison.Ordinal);
        Assert.Contains("rests on files that are missing", check.Output, StringComparison.Ordinal);
        world.Write(2);
        ToolResult night = world.Night();
        Assert.Contains("All of db/disk.img is copied", night.Error, StringComparison.Ordinal);
        Assert.InRange(world.Size(world.Nights[2]), 900_000, 2_000_000);
        Assert.Contains("whole: 1, by what changed: 1.", night.Output, StringComparison.Ordinal);
        // The nights that are broken go, and what is kept is whole.
        world.Write(3);
        world.Night("--keep", "2");
        world.AssertRestores(2);
    }

    [Fact]
    public void An_image_that_cannot_be_read_keeps_its_earlier_backups_however_many_are_kept()
    {
        world.Night("--init", "--keep", "2");
        for (int night = 1; night < 4; night++)
        {
            world.Write(night);
            ToolResult partial = world.RunWith(
                "rsync", "\"$REAL\" --exclude='small@*' \"$@\"; echo 'rsync: [sender] read errors mapping \"x\": Input/output error (5)' >&2; exit 23", "--keep", "2");
            Assert.Equal(1, partial.ExitCode);
            Assert.Contains("aren't in this backup: 1.", partial.Error, StringComparison.Ordinal);
        }
        world.AssertRestores(4);
        world.Write(5);
        Assert.Contains("All of small is copied", world.Night("--keep", "2").Error, StringComparison.Ordinal);
        world.AssertRestores(5);
        world.Write(6);
        world.Night("--keep", "2");
        world.AssertRestores(2);
    }

    [Fact]
    public void A_full_target_is_told_and_the_night_is_completed_once_there_is_room()
    {
        Directory.CreateDirectory(world.Target);
        using var disk = new SmallDisk(world.Target, 8);
        world.Night("--init");
        world.Change("head -c 2000000 /dev/urandom > more");
        Tool.Bash($"head -c 6000000 /dev/zero > {world.Target}/filler || true");
        world.SavePending();
        ToolResult full = world.Run();
        Assert.True(full.ExitCode == 8 && full.Error.Contains("is full", StringComparison.Ordinal), full.ToString());
        Assert.Single(world.Held);
        world.AssertRestores(1);
        Assert.Equal(8, world.Run().ExitCode);
        File.Delete($"{world.Target}/filler");
        Assert.Contains("going on with it", world.Night().Error, StringComparison.Ordinal);
        world.AssertRestores(3);
    }

    [Fact]
    public void A_file_in_use_is_merged_by_a_later_night()
    {
        world.Night("--init");
        world.Write(1);
        world.Night();
        string file = Directory.GetFiles($"{world.Target}/images/db", "*.qcow2").Order(StringComparer.Ordinal).Last();
        using (var reader = new BackgroundTool("qemu-io", ["-r", "-f", "qcow2", file]))
        {
            reader.WriteLine("read 0 512");
            reader.WaitFor("opened", l => l.Any(x => x.Contains("read 512/512", StringComparison.Ordinal)), TimeSpan.FromSeconds(30));
            for (int night = 2; night < 4; night++)
            {
                world.Write(night);
                ToolResult busy = world.Run("--keep", "1");
                Assert.True(busy.ExitCode == 5 && busy.Error.Contains("couldn't be merged", StringComparison.Ordinal), busy.ToString());
                world.Save();
            }
            world.AssertRestores(3);
        }
        world.Write(5);
        world.Night("--keep", "1");
        world.AssertRestores(1);
        Assert.Equal(4, Directory.GetFiles($"{world.Target}/images", "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void A_user_who_is_not_root_backs_up_a_mount_and_merges_what_nobody_may_write()
    {
        var user = new Death.UserMounter();
        using var images = new MountedImages(
            made =>
            {
                Tool.Bash($"mkdir {made.Backing}/ro; head -c 100000 /dev/urandom > {made.Backing}/ro/a; cp {made.Backing}/ro/a {made.Backing}/b; chmod 440 {made.Backing}/ro/a; chmod 555 {made.Backing}/ro").Checked();
                user.Prepare(made);
                Tool.Bash($"cp {NightlyWorld.Script} {made.Root}/script; chmod 755 {made.Root}/script").Checked();
            }, user);
        for (int night = 0; night < 4; night++)
        {
            Death.UserMounter.Run("bash", "-c", $"head -c 5000 /dev/urandom | dd of={images.Mount}/b oflag=seek_bytes seek={night * 9000} conv=notrunc status=none; cp {images.Mount}/b {images.Scratch}/{night}").Checked();
            ToolResult result = Death.UserMounter.Run($"{images.Root}/script", images.Mount, $"{images.Scratch}/target", "--init", "--keep", "2").Checked();
            Assert.Empty(result.Error);
        }
        string[] chain = [.. Directory.GetFiles($"{images.Scratch}/target/images", "b@*.qcow2").Order(StringComparer.Ordinal)];
        Assert.Equal(2, chain.Length);
        for (int night = 0; night < 2; night++)
            Tool.Bash($"qemu-img convert -O raw {chain[night]} {images.Scratch}/r; truncate -s 100000 {images.Scratch}/r; cmp {images.Scratch}/r {images.Scratch}/{night + 2}").Checked();
        Assert.Equal(2, Directory.GetFiles($"{images.Scratch}/target/images/ro", "a@*.qcow2").Length);
    }

    [Fact]
    public void What_cannot_be_backed_up_is_refused_in_words_with_the_exit_codes_of_the_readme()
    {
        Assert.Equal(3, world.Run().ExitCode);
        world.Night("--init");
        Directory.CreateDirectory($"{world.Images.Scratch}/other");
        File.WriteAllText($"{world.Images.Scratch}/other/file", "");
        string mount = world.Images.Mount;
        (int Code, string Arguments)[] cases =
        [
            (0, "--help"), (2, ""), (2, mount), (2, $"{mount} {world.Target} more"), (2, $"{mount} {world.Target} --keep"), (2, $"{mount} {world.Target} --keep 0"), (2, $"{mount} {world.Target} --keep=x"),
            (2, $"{mount} {world.Target} --kep 3"), (2, $"{mount} ''"), (2, $"--check {world.Target} --keep 3"),
            (3, $"{world.Images.Scratch} {world.Target}"), (3, $"/nonexistent {world.Target}"), (3, $"{mount} {world.Images.Scratch}/other"), (4, $"{mount} {world.Images.Scratch}/other --init"),
            (5, $"{mount} {mount}/t --init"), (5, $"{mount} {world.Images.Backing}/db/t --init"), (0, $"{mount} {world.Target} --init"),
            (5, $"{mount} {world.Target} & first=$!; wait $first; exec 9>>{world.Target}/lock; flock 9; {NightlyWorld.Script} {mount} {world.Target}"),
        ];
        foreach ((int code, string arguments) in cases)
        {
            ToolResult result = Tool.Run("bash", "-c", $"{NightlyWorld.Script} {arguments}");
            Assert.True(result.ExitCode == code, result.ToString());
            Assert.True(code == 0 || result.Error.StartsWith("backup-with-rsync: ", StringComparison.Ordinal), result.ToString());
        }
        int nights = world.Nights.Count;
        var daemon = new Death.Daemon(world.Images);
        int worker = daemon.Worker;
        daemon.Kill(daemon.Supervisor);
        daemon.Kill(worker);
        ToolResult dead = world.Run();
        Assert.True(dead.ExitCode == 5 && dead.Error.Contains("doesn't answer", StringComparison.Ordinal), dead.ToString());
        VdfsCommand.Run("unmount", "--lazy", mount).Checked();
        ToolResult unmounted = world.Run();
        Assert.True(unmounted.ExitCode == 3 && unmounted.Error.Contains("isn't mounted", StringComparison.Ordinal), unmounted.ToString());
        Assert.Equal(nights, world.Nights.Count);
        world.Images.MountAgain();
        world.Night();
        world.AssertRestores(nights + 1);
    }
}
