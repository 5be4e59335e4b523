using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Transport;

/// <summary>
/// Room for one request that was asked for, and for a small answer to it. Belongs to its receiver's thread, except that another one may take over a request
/// that is fetched and not begun, or an answer that is kept back: the state says whose it is.
/// </summary>
internal sealed unsafe class RingSlot : IDisposable
{
    /// <summary>Answers above this go out at once: sending them costs more than asking for the next request.</summary>
    public const int SmallAnswer = 16 * 1024;

    public const int RequestCapacity = BeforeData + Negotiation.MaxWrite + LockedMemory.Page;

    /// <summary>Header and struct of a WRITE: its data begins on a page.</summary>
    private const int BeforeData = 80;

    private const int RequestPages = LockedMemory.Page + Negotiation.MaxWrite + LockedMemory.Page;

    private readonly LockedMemory memory = new(RequestPages + LockedMemory.Page + SmallAnswer);
    private int state;

    /// <param name="number">Its place among its receiver's.</param>
    public RingSlot(int number)
    {
        Number = number;
        Request = memory.Start + LockedMemory.Page - BeforeData;
        Room = memory.Start + RequestPages + LockedMemory.Page;
    }

    public int Number { get; }

    public byte* Request { get; }

    /// <summary>The payload of a small answer.</summary>
    public byte* Room { get; }

    public byte* AnswerStart => Room - sizeof(FuseOutHeader);

    /// <summary>Of the request that was fetched.</summary>
    public int RequestLength { get; private set; }

    /// <summary>Of the answer that is kept back.</summary>
    public int AnswerLength { get; private set; }

    /// <summary>Of the request that the last answer was for: the next one may lie in its place by the time the kernel's opinion is known.</summary>
    public FuseInHeader Answered;

    /// <summary>Nothing is in it that anybody needs.</summary>
    public bool IsFree => Volatile.Read(ref state) == Free;

    /// <summary>The kernel may write to it from here on.</summary>
    public void Ask() => Volatile.Write(ref state, Asked);

    public void Release() => Volatile.Write(ref state, Free);

    public void Fetched(int length)
    {
        RequestLength = length;
        Volatile.Write(ref state, InHand);
    }

    /// <summary>False: another thread took it over.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref state, Served, InHand) == InHand;

    /// <summary>Nothing more comes of the request, unless its answer is kept back.</summary>
    public void EndServing()
    {
        // No other thread changes this state.
        if (Volatile.Read(ref state) == Served)
            Volatile.Write(ref state, Free);
    }

    /// <summary>The answer lies ready, and goes out with the next round.</summary>
    public void KeepAnswer(int length)
    {
        AnswerLength = length;
        Answered = *(FuseInHeader*)Request;
        Volatile.Write(ref state, KeptBack);
    }

    /// <summary>Before its answer is sent by its own thread. False: another one sends it.</summary>
    public bool TryTakeAnswer() => Interlocked.CompareExchange(ref state, Free, KeptBack) == KeptBack;

    /// <summary>From another thread: takes over a request that is not begun. <see cref="Release"/> afterwards.</summary>
    public bool TryTakeOverRequest() => Interlocked.CompareExchange(ref state, TakenOver, InHand) == InHand;

    /// <summary>From another thread: takes over an answer. <see cref="Release"/> afterwards.</summary>
    public bool TryTakeOverAnswer() => Interlocked.CompareExchange(ref state, TakenOver, KeptBack) == KeptBack;

    public void Dispose() => memory.Dispose();

    private const int Free = 0;
    private const int Asked = 1;
    private const int InHand = 2;
    private const int Served = 3;
    private const int KeptBack = 4;
    private const int TakenOver = 5;
}
