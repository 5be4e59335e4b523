using VdFs.Core;
using VdFs.FileSystem.Journal;

namespace VdFs.FileSystem.Tree;

/// <summary>
/// One serving thread's companion through the tree: who calls, and what the engine needs. Made by <see cref="ITree.CreateContext"/>,
/// used by one thread at a time, disposed of by who made it.
/// </summary>
public sealed class OperationContext(Worker worker, RequestJournal? journal = null) : IDisposable
{
    /// <summary>The request that the operation is done for, if there is a journal of them.</summary>
    public JournaledRequest Request { get; } = new(journal);

    public Worker Worker { get; } = worker;

    /// <summary>Set before each operation.</summary>
    public Caller Caller { get; set; }

    public void Dispose() => Worker.Dispose();
}
