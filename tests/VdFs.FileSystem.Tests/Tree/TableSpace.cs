using System.Runtime.InteropServices;
using VdFs.FileSystem.Nodes;

namespace VdFs.FileSystem.Tests.Tree;

/// <summary>Memory for a table that outlives whoever uses it, as a supervisor's would.</summary>
internal sealed unsafe class TableSpace(int length) : IDisposable
{
    private byte* address = (byte*)NativeMemory.AllocZeroed((nuint)length);

    public TableMemory Memory => new(address, length);

    public void Dispose()
    {
        NativeMemory.Free(address);
        address = null;
    }
}
