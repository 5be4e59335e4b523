using System.IO;
using System.Text.Json;

namespace VdFs.Mounted.Tests.Backups;

/// <summary>What a backup's user gets wrong, or the machine: told, with what it takes to know why.</summary>
public sealed class BackupTroubleTests : IDisposable
{
    private readonly RepositoryWorld world = new();

    public BackupTroubleTests() => Tool.Bash($"cd {world.Images.Mount}; mkdir sub; head -c 300000 /dev/urandom > a.img; cp a.img sub/b.img").Checked();

    public void Dispose() => world.Dispose();

    [Fact]
    public void A_pattern_or_name_that_nothing_fits_is_an_error_everywhere()
    {
        string mount = world.Images.Mount;
        world.BackUp();
        world.BackUp();
        string[] ids = [.. world.Backups];
        string checkpoint = world.Json("snapshot", "list", mount)[0].GetProperty("name").GetString()!;
        string[][] commands =
        [
            ["backup", mount, world.Repository, "--only", "typo.img"], ["backup", mount, world.Repository, "--only", "a.img", "typo.img"],
            ["snapshot", "create", mount, "s", "typo.img"], ["snapshot", "create", mount, "s", "a.img", "sub/c*"],
            ["restore", world.Repository, "typo.img", world.Folder("to")], ["restore", world.Repository, "a.img", "typo*", world.Folder("to")],
            ["diff", world.Repository, ids[0], ids[1], "a.img", "typo.img"], ["changes", $"{mount}/typo.img", "--from", checkpoint],
        ];
        foreach (string[] command in commands)
        {
            ToolResult result = VdfsCommand.Run(command);
            Assert.True(result.ExitCode == 3, $"{string.Join(' ', command)}: {result.ExitCode} {result.Error}");
        }
        Assert.Equal(ids, world.Backups);
        Assert.Empty(Directory.GetFileSystemEntries(world.Folder("to")));
        VdfsCommand.Run("snapshot", "create", mount, "s", "a.img", "sub/?.img").Checked();
    }

    [Fact]
    public void A_backup_whose_snapshot_was_given_up_says_why()
    {
        VdfsCommand.Run("set", world.Images.Mount, "--preserve-limit", "1M").Checked();
        string big = Path.Combine(world.Images.Mount, "big.img");
        Tool.Bash($"head -c 8000000 /dev/urandom > {big}").Checked();
        ToolResult result = VdfsCommand.Run(
            "backup", world.Images.Mount, world.Repository, "--init", "--after", $"dd if=/dev/urandom of={big} bs=1M count=7 conv=notrunc,fsync status=none");
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("the preserve store was full", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.Contains("snapshot", StringComparison.Ordinal));
        Assert.Empty(world.Backups);
    }

    [Fact]
    public void Output_that_cannot_be_written_ends_no_work_and_the_exit_code_tells()
    {
        string vdfs = string.Join(' ', VdfsCommand.CommandLine);
        string[] lines = Tool.Bash($$"""
            set +e
            {{vdfs}} backup {{world.Images.Mount}} {{world.Repository}} --init > /dev/full; echo $?
            {{vdfs}} backup {{world.Images.Mount}} {{world.Repository}} --full | true; echo ${PIPESTATUS[0]}
            {{vdfs}} backup {{world.Images.Mount}} {{world.Repository}} --full > /dev/full 2> /dev/full; echo $?
            {{vdfs}} restore {{world.Repository}} {{world.Folder("work")}}/all --json > /dev/full; echo $?
            {{vdfs}} snapshot create {{world.Images.Mount}} kept > /dev/full; echo $?
            {{vdfs}} status > /dev/full; echo $?
            {{vdfs}} verify {{world.Repository}} > /dev/null; echo $?
            """).Checked().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["1", "1", "1", "1", "1", "1", "0"], lines);
        Assert.Equal(3, world.Backups.Count);
        Assert.True(File.Exists($"{world.Folder("work")}/all/sub/b.img"));
        Assert.True(Directory.Exists(world.Images.Snapshot("kept")));
    }

    [Fact]
    public void Names_are_exact_in_answers_and_taken_as_they_are()
    {
        byte[] odd = [(byte)'o', 0xFF, 0xC3, (byte)'d'];
        string vdfs = string.Join(' ', VdfsCommand.CommandLine);
        string to = world.Folder("to");
        string[] outputs = Tool.Bash($$"""
            cd {{world.Images.Mount}}; n=$'o\xff\xc3d'; echo odd > "$n"; echo nl > $'n\nl'; mkdir .snapshots/s; echo more >> "$n"
            {{vdfs}} backup {{world.Images.Mount}} {{world.Repository}} --init --json
            {{vdfs}} changes "{{world.Images.Mount}}/$n" --from s --json
            {{vdfs}} restore {{world.Repository}} "$n" "{{to}}/$n" --json; cmp "$n" "{{to}}/$n" && echo same
            {{vdfs}} restore {{world.Repository}} "o"$'\xff'"?d" "{{to}}/other" > /dev/null; cmp "$n" {{to}}/other && echo same
            {{vdfs}} restore {{world.Repository}} "$n" "{{to}}/new"$'\xfe'"/" > /dev/null; cmp "$n" "{{to}}/new"$'\xfe'"/$n" && echo same
            {{vdfs}} backup {{world.Images.Mount}} {{to}}/r --init --only "$n" --json
            {{vdfs}} snapshot create {{world.Images.Mount}} only "$n" > /dev/null; ls {{world.Images.Snapshot("only")}} | wc -l
            {{vdfs}} restore {{world.Repository}} $'n\nl' {{to}}/nl --json
            """, TimeSpan.FromSeconds(120)).Checked().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var images = JsonDocument.Parse(outputs[0]).RootElement.GetProperty("images").EnumerateArray().ToList();
        Assert.Contains(images, i => i.GetProperty("path").GetString() == "n\nl" && !i.TryGetProperty("pathBytes", out _));
        Assert.Equal(odd, Assert.Single(images, i => i.TryGetProperty("pathBytes", out _)).GetProperty("pathBytes").GetBytesFromBase64());
        JsonElement changes = JsonDocument.Parse(outputs[1]).RootElement;
        Assert.Equal(0, changes.GetProperty("extents")[0].GetProperty("start").GetInt64());
        Assert.Equal(odd, changes.GetProperty("imageBytes").GetBytesFromBase64());
        Assert.Equal(odd, changes.GetProperty("formerImageBytes").GetBytesFromBase64());
        Assert.Equal(odd, JsonDocument.Parse(outputs[2]).RootElement.GetProperty("imagesBytes")[0].GetBytesFromBase64());
        Assert.Equal(["same", "same", "same"], outputs[3..6]);
        Assert.Single(JsonDocument.Parse(outputs[6]).RootElement.GetProperty("images").EnumerateArray());
        Assert.Equal("1", outputs[7].Trim());
        Assert.Equal("n\nl", JsonDocument.Parse(outputs[8]).RootElement.GetProperty("images")[0].GetString());
    }
}
