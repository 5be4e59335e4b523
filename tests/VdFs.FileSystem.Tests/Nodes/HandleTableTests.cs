using VdFs.FileSystem.Nodes;
using VdFs.FileSystem.Tests.Tree;
using VdFs.FileSystem.Tree;

namespace VdFs.FileSystem.Tests.Nodes;

/// <summary>A handle means one open file, also to the next worker, and never two.</summary>
public sealed class HandleTableTests : IDisposable
{
    private static readonly NodeId Node = new(7);
    private readonly TableSpace space = new(32 * 4);

    public void Dispose() => space.Dispose();

    [Fact]
    public void A_handle_that_was_taken_back_never_stands_for_what_its_place_is_used_for_next()
    {
        var table = new HandleTable(space.Memory);
        ulong first = table.Add(Node, OpenIntent.Read, "one");
        Assert.Equal("one", table.Remove(first));
        Assert.Null(table.Remove(first));
        ulong second = table.Add(Node, OpenIntent.Read, "two");
        Assert.Equal((uint)first, (uint)second);
        Assert.NotEqual(first, second);
        Assert.Null(table.Find<string>(first));
        Assert.Null(table.Find(first, out NodeId unknown, out _));
        Assert.Equal(default, unknown);
        Assert.Equal("two", table.Find<string>(second));
    }

    [Fact]
    public void A_former_workers_handles_keep_node_and_intent_and_their_places()
    {
        var former = new HandleTable(space.Memory);
        ulong one = former.Add(Node, OpenIntent.Read | OpenIntent.Write, "one");
        ulong two = former.Add(Node, OpenIntent.Read, "two");
        former.Remove(one);
        var table = new HandleTable(space.Memory);
        Assert.Null(table.Find(two, out NodeId node, out OpenIntent intent));
        Assert.Equal((Node, OpenIntent.Read), (node, intent));
        ulong[] added = [table.Add(Node, OpenIntent.Read, "three"), table.Add(Node, OpenIntent.Read, "four")];
        Assert.DoesNotContain((uint)two, added.Select(h => (uint)h));
        // No room is left but the former worker's, which stays its own.
        Assert.Equal(0UL, table.Add(Node, OpenIntent.Write, "five"));
        Assert.Null(table.Find(two, out node, out intent));
        Assert.Equal((Node, OpenIntent.Read), (node, intent));
        table.Remove(two);
        Assert.NotEqual(0UL, table.Add(Node, OpenIntent.Read, "six"));
    }

    [Fact]
    public void A_former_workers_handles_are_listed_with_their_backing_ids()
    {
        var former = new HandleTable(space.Memory);
        ulong one = former.Add(Node, OpenIntent.Read, "one", 5);
        former.Add(Node, OpenIntent.Read, "two", 5);
        former.Add(new NodeId(9), OpenIntent.Read, "three");
        former.Remove(one);
        var table = new HandleTable(space.Memory);
        Assert.Equal([(Node, 5), (new NodeId(9), 0)], table.Taken());
        Assert.Null(table.Remove(one, out NodeId none));
        Assert.Equal(default, none);
    }

    [Fact]
    public void A_full_table_of_a_former_worker_takes_no_more()
    {
        var former = new HandleTable(space.Memory);
        ulong[] given = [.. Enumerable.Range(0, 3).Select(i => former.Add(Node, OpenIntent.Read, "old"))];
        var table = new HandleTable(space.Memory);
        Assert.Equal(0UL, table.Add(new NodeId(9), OpenIntent.Write, "new"));
        foreach (ulong handle in given)
        {
            Assert.Null(table.Find(handle, out NodeId node, out _));
            Assert.Equal(Node, node);
        }
    }

    [Fact]
    public void What_is_not_a_handle_stands_for_nothing()
    {
        var table = new HandleTable(space.Memory);
        foreach (ulong handle in new[] { 0UL, 2UL, 1000UL, ulong.MaxValue, 1UL << 32 })
        {
            Assert.Null(table.Find<string>(handle));
            Assert.Null(table.Find(handle, out _, out _));
            Assert.Null(table.Remove(handle));
        }
    }

    [Fact]
    public void A_handle_is_opened_anew_once()
    {
        ulong handle = new HandleTable(space.Memory).Add(Node, OpenIntent.Read, "old");
        var table = new HandleTable(space.Memory);
        var first = new Opened();
        var second = new Opened();
        Assert.Same(first, table.Restore(handle, first));
        Assert.Same(first, table.Restore(handle, second));
        Assert.Equal((false, true), (first.Closed, second.Closed));
        Assert.Same(first, table.Find<Opened>(handle));
    }

    private sealed class Opened : IDisposable
    {
        public bool Closed { get; private set; }

        public void Dispose() => Closed = true;
    }
}
