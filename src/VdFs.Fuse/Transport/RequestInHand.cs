namespace VdFs.Fuse.Transport;

/// <summary>A request that was brought, and where its answer goes. The memory is its receiver's, and holds it until the next one is taken.</summary>
/// <param name="start">The request. Touched and, where the limits allow it, locked: see <see cref="LockedMemory"/>.</param>
/// <param name="length">Of the request, in bytes.</param>
/// <param name="room">Where the payload of the answer goes: the start of a page, with room for the answer's header before it.</param>
/// <param name="capacity">Bytes from <paramref name="room"/> on; at least what a READ asks for, and at least a page.</param>
public readonly unsafe struct RequestInHand(byte* start, int length, byte* room, int capacity)
{
    /// <inheritdoc cref="RequestInHand(byte*, int, byte*, int)" path="/param[@name='start']"/>
    public byte* Start => start;

    /// <inheritdoc cref="RequestInHand(byte*, int, byte*, int)" path="/param[@name='length']"/>
    public int Length => length;

    /// <inheritdoc cref="RequestInHand(byte*, int, byte*, int)" path="/param[@name='room']"/>
    public byte* Room => room;

    /// <inheritdoc cref="RequestInHand(byte*, int, byte*, int)" path="/param[@name='capacity']"/>
    public int Capacity => capacity;
}
