namespace VdFs.Mounted.Tests.Tools;

/// <summary>Tools that copy files treat the mount as the bare directory.</summary>
public sealed class CopyToolTests(TwoPlaces places) : IClassFixture<TwoPlaces>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>A folder with a sparse file, hard links, symlinks, attributes and an access list.</summary>
    private const string MakeTree = """
        mkdir -p $tree/sub
        truncate -s 40M $tree/sparse
        for at in 0 5000 12345678 30000000; do printf "data at $at" | dd of=$tree/sparse bs=1 seek=$at conv=notrunc status=none; done
        head -c 200000 /dev/zero > $tree/zeros
        seq 1 50000 > $tree/sub/dense
        ln $tree/sub/dense $tree/linked
        ln -s sub/dense $tree/symlink
        setfattr -n user.note -v kept $tree/zeros
        setfacl -m u:1001:rw $tree/sub/dense
        chown 1001:2000 $tree/zeros; chmod 2750 $tree/sub
        touch -d '2001-02-03 04:05:06.123456789' $tree/sub/dense
        """;

    /// <summary>What a tree is, apart from what no copy keeps.</summary>
    private const string DescribeTree = """
        ( cd $tree; sync -f .
          find . -type f -printf '%p %s %b %n %m %U:%G\n' | sort
          find . -type l -printf '%p -> %l\n' | sort
          find . -type f | sort | xargs sha256sum
          getfattr -d zeros; getfacl -cn sub/dense; stat -c %y sub/dense )
        """;

    [Theory]
    [InlineData("cp -a --sparse=auto $from/. $to/")]
    [InlineData("cp -a --sparse=always $from/. $to/")]
    [InlineData("cp -a --sparse=never $from/. $to/")]
    [InlineData("tar -C $from -S --xattrs --acls -cf - . | tar -C $to --xattrs --acls -xpSf -")]
    [InlineData("rsync -aHAX --sparse $from/ $to/")]
    [InlineData("rsync -aHAX --inplace $from/ $to/ && rsync -aHAX --inplace --no-whole-file --ignore-times $from/ $to/")]
    public void A_tree_is_copied_in_and_out(string copy) => places.Same((folder, scratch) => Tool.Bash($$"""
        tree={{scratch}}/source; mkdir $tree
        {{MakeTree}}
        mkdir {{folder}}/in {{folder}}/within {{scratch}}/out
        from={{scratch}}/source; to={{folder}}/in; {{copy}}
        from={{folder}}/in; to={{folder}}/within; {{copy}}
        from={{folder}}/within; to={{scratch}}/out; {{copy}}
        for tree in {{folder}}/in {{folder}}/within {{scratch}}/out; do
        {{DescribeTree}}
        done
        """, Limit).Checked().Output);

    [Fact]
    public void A_changed_file_is_brought_up_to_date_in_place() => places.Same((folder, scratch) => Tool.Bash($"""
        seq 1 400000 > {scratch}/source; cp {scratch}/source {folder}/target
        printf 'changed' | dd of={scratch}/source bs=1 seek=1000000 conv=notrunc status=none
        before=$(stat -c %i {folder}/target)
        rsync -a --inplace --no-whole-file --ignore-times {scratch}/source {folder}/target
        cmp {scratch}/source {folder}/target
        test $before = $(stat -c %i {folder}/target) && echo 'same inode'
        """, Limit).Checked().Output);

    [Fact]
    public void Archives_of_the_place_are_equal() => places.Same((folder, scratch) => Tool.Bash($"""
        tree={folder}/tree; mkdir $tree
        {MakeTree}
        find $tree -exec touch -h -d @1000000000 {"{}"} +
        tar -C {folder} -S --sort=name --numeric-owner -cf - tree | sha256sum
        """, Limit).Checked().Output);
}
