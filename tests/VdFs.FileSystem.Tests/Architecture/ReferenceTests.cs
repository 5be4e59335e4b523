using System.IO;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using VdFs.TestKit.Mounting;

namespace VdFs.FileSystem.Tests.Architecture;

/// <summary>Arrows point one way: Core ← FileSystem ← Fuse; Cli sees all, nothing sees Cli. The engine and the tree make no system calls.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["VdFs.Core"] = [],
        ["VdFs.FileSystem"] = ["VdFs.Core"],
        ["VdFs.Fuse"] = ["VdFs.Core", "VdFs.FileSystem"],
        ["VdFs.Backup"] = ["VdFs.Core"],
        ["VdFs.Cli"] = ["VdFs.Backup", "VdFs.Core", "VdFs.FileSystem", "VdFs.Fuse"],
    };

    [Fact]
    public void Every_project_refers_only_to_those_below_it()
    {
        string[] projects = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.NotEmpty(projects);
        foreach (string project in projects)
        {
            string name = Path.GetFileNameWithoutExtension(project);
            string[] references = [.. XDocument.Load(project).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))];
            Assert.True(Allowed.ContainsKey(name), $"{name} has no place in the order of projects");
            Assert.Empty(references.Except(Allowed[name]));
        }
    }

    [Theory]
    [InlineData("VdFs.Core")]
    [InlineData("VdFs.FileSystem")]
    [InlineData("VdFs.Fuse")]
    public void Every_assembly_uses_only_those_below_it(string name)
    {
        using PEReader file = Open(name);
        MetadataReader metadata = file.GetMetadataReader();
        string[] used = [.. metadata.AssemblyReferences
            .Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))
            .Where(n => n.StartsWith("VdFs.", StringComparison.Ordinal))];
        Assert.Empty(used.Except(Allowed[name]));
    }

    [Theory]
    [InlineData("VdFs.Core")]
    [InlineData("VdFs.FileSystem")]
    public void The_engine_and_the_tree_call_no_native_code(string name)
    {
        using PEReader file = Open(name);
        MetadataReader metadata = file.GetMetadataReader();
        string[] native = [.. metadata.MethodDefinitions
            .Select(metadata.GetMethodDefinition)
            .Where(m => !m.GetImport().Module.IsNil)
            .Select(m => metadata.GetString(m.Name))];
        Assert.Empty(native);
    }

    private static PEReader Open(string name) => new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, name + ".dll")));
}
