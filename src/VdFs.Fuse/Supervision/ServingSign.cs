namespace VdFs.Fuse.Supervision;

/// <summary>One serving thread's counter among <see cref="ServingSigns"/>: two plain stores for all that it has in hand at once.</summary>
internal readonly unsafe struct ServingSign
{
    private readonly long* counter;
    private readonly bool own;

    /// <param name="counter">Null: nobody looks.</param>
    /// <param name="own">No other thread writes it.</param>
    public ServingSign(long* counter, bool own)
    {
        this.counter = counter;
        this.own = own;
    }

    /// <summary>The thread has requests in hand.</summary>
    public void Begin()
    {
        if (own)
            Volatile.Write(ref *counter, *counter + 1);
    }

    /// <summary>It has done with them.</summary>
    public void End()
    {
        if (counter != null)
            Volatile.Write(ref *counter, *counter + (own ? 1 : 2));
    }
}
