namespace VdFs.Mounted.Tests.Tools;

/// <summary>fio and QEMU's tools do on the mount what they do on the bare directory.</summary>
public sealed class DiskToolTests(TwoPlaces places) : IClassFixture<TwoPlaces>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(100);

    [Theory]
    [InlineData("--direct=1 --ioengine=libaio --bsrange=4k-128k")]
    [InlineData("--direct=0 --ioengine=libaio --bsrange=512-128k --blockalign=512")]
    [InlineData("--direct=0 --ioengine=psync --bsrange=1000-30000 --blockalign=1000 --fsync=64")]
    [InlineData("--direct=1 --ioengine=libaio --bs=4k --fallocate=none --overwrite=0 --verify_backlog=64")]
    public void Fio_verifies_what_it_wrote(string options) => places.Same((folder, _) => Tool.Bash(
        $"fio --name=verify --directory={folder} --numjobs=3 --size=24M --rw=randwrite --iodepth=16 --verify=crc32c --verify_fatal=1 --do_verify=1 --randseed=11 {options} > /dev/null && echo verified",
        Limit).Checked().Output);

    [Fact]
    public void Fio_mixes_reads_and_writes_of_several_jobs_in_one_file() => places.Same((folder, _) => Tool.Bash(
        $"fio --directory={folder} --filename=shared --direct=1 --ioengine=libaio --iodepth=16 --verify=crc32c --verify_fatal=1 --do_verify=1 --rw=randrw --bs=8k --size=16M "
        + "--name=a --offset=0 --name=b --offset=16M --name=c --offset=32M > /dev/null && echo verified", Limit).Checked().Output);

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    [InlineData("vmdk")]
    [InlineData("vdi")]
    [InlineData("vhdx")]
    public void Images_are_converted_compared_and_checked(string format) => places.Same((folder, scratch) => Tool.Bash($"""
        head -c 3000000 /dev/zero | tr '\0' 'x' > {scratch}/source
        truncate -s 48M {scratch}/source
        printf 'middle' | dd of={scratch}/source bs=1 seek=20000000 conv=notrunc status=none
        qemu-img convert -f raw -O {format} {scratch}/source {folder}/image
        qemu-img compare -f raw -F {format} {scratch}/source {folder}/image
        case {format} in raw) ;; *) qemu-img check -q -f {format} {folder}/image;; esac
        qemu-img convert -f {format} -O raw {folder}/image {folder}/back
        cmp {scratch}/source {folder}/back
        qemu-img map --output=json -f raw {folder}/back
        stat -c '%s %b' {folder}/back
        """, Limit).Checked().Output);

    [Theory]
    [InlineData("none")]
    [InlineData("writeback")]
    [InlineData("directsync")]
    public void Qemu_reads_writes_and_discards(string cache) => places.Same((folder, _) => Tool.Bash($"""
        for format in raw qcow2; do
          qemu-img create -q -f $format {folder}/image 64M
          qemu-io -f $format -t {cache} -d unmap {folder}/image \
            -c 'write -P 0x11 0 1M' -c 'write -P 0x22 1000448 64k' -c 'aio_write -P 0x33 8M 512k' -c 'aio_write -P 0x44 20M 3M' -c aio_flush \
            -c 'discard 4k 64k' -c 'write -z -u 8M 64k' -c 'write -z 21M 100k' -c 'flush' \
            -c 'read -P 0x11 0 4k' -c 'read -P 0 4k 64k' -c 'read -P 0x22 1000448 64k' -c 'read -P 0 8M 64k' -c 'read -P 0x33 8454144 64k' -c 'read -P 0x44 22M 1M' \
            | grep -ciE 'fail|error' || true
          qemu-img resize -q -f $format {folder}/image 80M
          qemu-img info -f $format {folder}/image | grep 'virtual size'
          qemu-img convert -f $format -O raw {folder}/image {folder}/flat
          sha256sum < {folder}/flat
        done
        """, Limit).Checked().Output);

    [Fact]
    public void A_second_qemu_is_kept_out_by_locks() => places.Same((folder, _) => Tool.Bash($"""
        qemu-img create -q -f qcow2 {folder}/image 8M
        ( echo 'write 0 4k'; sleep 2 ) | qemu-io -f qcow2 {folder}/image > /dev/null &
        sleep 1
        qemu-io -f qcow2 -c 'write 0 4k' {folder}/image 2>&1 | grep -o 'Failed to get .* lock' || echo 'no lock'
        wait
        qemu-io -f qcow2 -c 'write 0 4k' {folder}/image | grep -c wrote
        """, Limit).Checked().Output);
}
