using System.Runtime.InteropServices;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.BareServer;

/// <summary>Room for a request and its answer; the data of a WRITE and of a READ both begin on a page.</summary>
internal sealed unsafe class Buffers
{
    private const int Page = 4096;
    private const int BeforeData = 80;

    public const uint RequestCapacity = BeforeData + Negotiation.MaxWrite + Page;

    public Buffers()
    {
        const int each = Page + Negotiation.MaxWrite + Page;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(2 * each, Page);
        NativeMemory.Clear(memory, 2 * each);
        Request = memory + Page - BeforeData;
        Answer = memory + each + Page - sizeof(FuseOutHeader);
    }

    public byte* Request { get; }

    public byte* Answer { get; }
}
