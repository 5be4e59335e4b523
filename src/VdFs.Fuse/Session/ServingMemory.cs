using System.Runtime.InteropServices;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

/// <summary>
/// One thread's room for a request and an answer: native, so that nothing moves; a WRITE's data (80 bytes into the request) and a READ's
/// data (16 bytes into the answer) both begin on a page. Touched, and locked where the limits allow it: a process that is killed while the
/// kernel copies a request to memory that isn't there completes that request with EIO.
/// </summary>
internal sealed unsafe class ServingMemory : IDisposable
{
    private const int Page = 4096;

    /// <summary>Header and struct of a WRITE.</summary>
    private const int BeforeData = 80;

    private readonly byte* memory;
    private readonly nuint size;

    /// <param name="requests">False: only room for answers; requests lie elsewhere.</param>
    public ServingMemory(bool requests)
    {
        int requestPages = requests ? Page + Negotiation.MaxWrite + Page : 0;
        size = (nuint)(requestPages + Page + Negotiation.MaxWrite);
        memory = (byte*)NativeMemory.AlignedAlloc(size, Page);
        NativeMemory.Clear(memory, size);
        if (requests)
        {
            Request = memory + Page - BeforeData;
            RequestCapacity = BeforeData + Negotiation.MaxWrite + Page;
            _ = FuseLibc.mlock(memory, size);
        }
        Reply = new ReplyWriter(memory + requestPages + Page, Negotiation.MaxWrite);
    }

    public byte* Request { get; }

    public int RequestCapacity { get; }

    public ReplyWriter Reply { get; }

    public void Dispose()
    {
        if (Request != null)
            _ = FuseLibc.munlock(memory, size);
        NativeMemory.AlignedFree(memory);
    }
}
