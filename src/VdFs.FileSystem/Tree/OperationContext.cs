using VdFs.Core;

namespace VdFs.FileSystem.Tree;

/// <summary>
/// One serving thread's companion through the tree: who calls, and what the engine needs. Made by <see cref="ITree.CreateContext"/>,
/// used by one thread at a time, disposed of by who made it.
/// </summary>
public sealed class OperationContext(Worker worker) : IDisposable
{
    public Worker Worker { get; } = worker;

    /// <summary>Set before each operation.</summary>
    public Caller Caller { get; set; }

    public void Dispose() => Worker.Dispose();
}
