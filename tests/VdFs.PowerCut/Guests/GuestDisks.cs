using System.Globalization;
using System.IO;
using VdFs.TestKit.Mounting;
using VdFs.TestKit.Processes;

namespace VdFs.PowerCut.Guests;

/// <summary>The guest's disks: the one that is logged, and a read-only one with .NET, VdFs and this program.</summary>
public static class GuestDisks
{
    /// <summary>The filesystem takes the disk up to here; the ledger begins here.</summary>
    public const long LedgerAt = 384L << 20;

    private const long LedgerSize = 16L << 20;

    /// <summary>A new disk: ext4 with an empty folder `images`, and room for the ledger behind it.</summary>
    public static void MakeData(string path, string folder)
    {
        string content = Path.Combine(folder, "content");
        Directory.CreateDirectory(Path.Combine(content, "images"));
        MakeFilesystem(path, content, LedgerAt >> 20, "-E lazy_itable_init=0,lazy_journal_init=0");
        using FileStream disk = new(path, FileMode.Open);
        disk.SetLength(LedgerAt + LedgerSize);
    }

    /// <summary>Below /tools in the guest: lib and lib64 of the host, as far as .NET needs them, dotnet, vdfs as users have it, and powercut.</summary>
    public static void MakeTools(string path, string folder)
    {
        string root = Directory.CreateDirectory(Path.Combine(folder, "tools")).FullName;
        string dotnet = Path.GetDirectoryName(File.ResolveLinkTarget(Tool.Find("dotnet"), returnFinalTarget: true)?.FullName ?? Tool.Find("dotnet"))!;
        string built = Path.GetDirectoryName(Repository.Assembly("tests/VdFs.PowerCut", "powercut.dll"))!;
        string vdfs = Path.GetDirectoryName(Repository.Vdfs)!;
        string version = Environment.Version.ToString();
        // The runtime opens OpenSSL by name. What ldd names is what the loader looks for in the guest, under the same paths.
        Tool.Bash(string.Create(CultureInfo.InvariantCulture, $$"""
            mkdir -p {{root}}/dotnet/host/fxr {{root}}/dotnet/shared/Microsoft.NETCore.App {{root}}/dotnet/shared/Microsoft.AspNetCore.App {{root}}/powercut {{root}}/vdfs
            cp {{dotnet}}/dotnet {{root}}/dotnet/
            cp -r {{dotnet}}/host/fxr/{{version}} {{root}}/dotnet/host/fxr/
            for one in NETCore AspNetCore; do cp -r {{dotnet}}/shared/Microsoft.$one.App/{{version}} {{root}}/dotnet/shared/Microsoft.$one.App/; done
            rm -f {{root}}/dotnet/shared/Microsoft.NETCore.App/*/libmscor*.so {{root}}/dotnet/shared/Microsoft.NETCore.App/*/libcoreclrtraceptprovider.so
            cp {{built}}/*.dll {{built}}/*.json {{root}}/powercut/
            cp {{vdfs}}/*.dll {{vdfs}}/*.json {{vdfs}}/*.so {{root}}/vdfs/
            tls=$(ldconfig -p | awk '$1 ~ /^lib(ssl|crypto)\.so\.[0-9]/ { print $NF }')
            { echo "$tls"; find {{root}} -name '*.so' -o -path '*/dotnet/dotnet' | while read f; do ldd $f 2>/dev/null || true; done; } \
              | grep -o '/lib[^ ]*' | sort -u | while read f; do mkdir -p {{root}}/$(dirname $f); cp -L $f {{root}}/$f; done
            """)).Checked();
        long size = long.Parse(Tool.Run("du", "-sm", root).Checked().Output.Split('\t')[0], CultureInfo.InvariantCulture);
        MakeFilesystem(path, root, size + size / 8 + 8, "-O ^has_journal -m 0");
        Directory.Delete(root, recursive: true);
    }

    private static void MakeFilesystem(string path, string content, long megabytes, string options) =>
        Tool.Bash($"mke2fs -q -t ext4 -F {options} -d {content} {path} {megabytes}M", TimeSpan.FromMinutes(2)).Checked();
}
