using VdFs.Cli.Mounting;

namespace VdFs.Cli.Tests.Mounting;

public class MountRulesTests
{
    private static readonly MountRequest Usual = new() { BackingDirectory = "/data/images", MountPoint = "/mnt/images", AllowOther = true };

    private static readonly MountFacts Fine = new()
    {
        Mounts = new([new("/", "/", "ext4", "/dev/vda", 8, 1, "rw", "rw")]),
        Backing = PathKind.Directory,
        BackingReadable = true,
        MountPoint = PathKind.Directory,
        HasFusermount = true,
    };

    [Fact]
    public void Directory_of_images_mounts_elsewhere_or_over_itself()
    {
        Assert.Null(MountRules.Check(Usual, Fine));
        Assert.Null(MountRules.Check(Usual with { MountPoint = Usual.BackingDirectory }, Fine));
        Assert.Null(MountRules.Check(Usual with { State = "/var/lib/vdfs", Preserve = "/fast/vdfs" }, Fine));
    }

    [Theory]
    [InlineData(PathKind.Missing, true, ExitCode.NotFound, "doesn't exist")]
    [InlineData(PathKind.Other, true, ExitCode.Usage, "isn't a directory")]
    [InlineData(PathKind.Unreachable, true, ExitCode.NoPermission, "can't be reached")]
    [InlineData(PathKind.Directory, false, ExitCode.NoPermission, "can't be read")]
    public void Backing_directory_must_be_there_and_readable(PathKind kind, bool readable, ExitCode code, string says) =>
        Refused(Usual, Fine with { Backing = kind, BackingReadable = readable }, code, says);

    [Fact]
    public void Backing_directory_with_a_real_snapshots_entry_is_refused() =>
        Refused(Usual, Fine with { HoldsSnapshotsEntry = true }, ExitCode.Refused, "rename it first");

    [Theory]
    [InlineData("/mnt/other", "vdfs unmount /mnt/other")]
    [InlineData("/data/images", "vdfs unmount /data/images")]
    public void Backing_directory_that_is_mounted_already_is_refused_with_where(string at, string says) =>
        Refused(Usual, With(at, "/data/images", "fuse.vdfs"), ExitCode.Exists, says);

    /// <summary>Where mounts are shared, a mount over a directory that is bound elsewhere appears there too.</summary>
    [Fact]
    public void Another_place_of_a_mount_is_refused_with_where_it_was_mounted()
    {
        var facts = Fine with
        {
            Mounts = new([.. Fine.Mounts.Entries,
                new("/", "/srv/images", "fuse.vdfs", "/srv/images", 0, 50, "rw", "rw,user_id=0"), new("/", "/bound", "fuse.vdfs", "/srv/images", 0, 50, "rw", "rw,user_id=0")]),
        };
        Refused(Usual with { BackingDirectory = "/bound" }, facts, ExitCode.Exists, "vdfs unmount /srv/images");
        Refused(Usual with { BackingDirectory = "/bound" }, facts, ExitCode.Exists, "/bound shows the VdFs mount /srv/images already");
        Refused(Usual with { MountPoint = "/bound" }, facts, ExitCode.Exists, "vdfs unmount /srv/images");
    }

    [Fact]
    public void Backing_directory_inside_another_mount_of_VdFs_is_refused() =>
        Refused(Usual with { BackingDirectory = "/mnt/other/web" }, With("/mnt/other", "/srv/x", "fuse.vdfs"), ExitCode.Exists, "lies inside the VdFs mount /mnt/other");

    [Theory]
    [InlineData(PathKind.Missing, ExitCode.NotFound, "mkdir -p /mnt/images")]
    [InlineData(PathKind.Other, ExitCode.Usage, "isn't a directory")]
    [InlineData(PathKind.Unreachable, ExitCode.NoPermission, "dead mount")]
    public void Mount_point_must_be_a_directory(PathKind kind, ExitCode code, string says) =>
        Refused(Usual, Fine with { MountPoint = kind }, code, says);

    [Theory]
    [InlineData("fuse.vdfs", ExitCode.Exists)]
    [InlineData("fuse.sshfs", ExitCode.Refused)]
    public void Mount_point_that_is_busy_is_refused(string type, ExitCode code) =>
        Refused(Usual, With("/mnt/images", "/srv/x", type), code, "/mnt/images");

    [Theory]
    [InlineData("/data", "would hide it")]
    [InlineData("/data/images/m", "would show itself")]
    public void Backing_directory_and_mount_point_may_not_lie_in_each_other(string mountPoint, string says) =>
        Refused(Usual with { MountPoint = mountPoint }, Fine, ExitCode.Usage, says);

    [Fact]
    public void Similar_names_are_not_inside_each_other() =>
        Assert.Null(MountRules.Check(Usual with { MountPoint = "/data/images2" }, Fine));

    [Fact]
    public void State_that_the_mount_would_show_or_hide_is_refused()
    {
        Refused(Usual with { State = "/data/images/state" }, Fine, ExitCode.Usage, "would be seen");
        Refused(Usual with { State = "/mnt/images/state" }, Fine, ExitCode.Usage, "would hide it");
        Refused(Usual with { Preserve = "/data/images" }, Fine, ExitCode.Usage, "would be seen");
        Assert.Null(MountRules.Check(Usual with { Preserve = "/data/images/.vdfs/p" }, Fine));
    }

    [Theory]
    [InlineData(2, ExitCode.HostLacks, "modprobe fuse")]
    [InlineData(19, ExitCode.HostLacks, "modprobe fuse")]
    [InlineData(13, ExitCode.NoPermission, "may not be opened")]
    [InlineData(5, ExitCode.HostLacks, "errno 5")]
    public void Host_without_a_usable_device_is_told_so(int error, ExitCode code, string says) =>
        Refused(Usual, Fine with { DeviceError = error }, code, says);

    [Fact]
    public void Users_need_fusermount_and_for_allow_other_the_line_in_its_configuration()
    {
        var user = Fine with { User = 1000 };
        Refused(Usual, user with { HasFusermount = false }, ExitCode.HostLacks, "fuse3");
        Refused(Usual, user, ExitCode.NoPermission, "user_allow_other");
        Assert.Null(MountRules.Check(Usual, user with { UserAllowOther = true }));
        Assert.Null(MountRules.Check(Usual with { AllowOther = false }, user));
    }

    private static MountFacts With(string mountPoint, string source, string type) => Fine with
    {
        Mounts = new([.. Fine.Mounts.Entries, new("/", mountPoint, type, source, 0, 50, "rw", "rw,user_id=0")]),
    };

    private static void Refused(MountRequest request, MountFacts facts, ExitCode code, string says)
    {
        var refused = MountRules.Check(request, facts);
        Assert.NotNull(refused);
        Assert.Equal(code, refused.Code);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refused.Message, StringComparison.Ordinal);
    }
}
