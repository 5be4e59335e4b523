namespace VdFs.PowerCut.Load;

/// <summary>One write of the load.</summary>
/// <param name="Writer">Whose.</param>
/// <param name="Number">Its place in that writer's order, from 1.</param>
/// <param name="Image">Into which image.</param>
/// <param name="Spot">Into which of its spots.</param>
/// <param name="First">The first sector, counted from the spot's begin.</param>
/// <param name="Sectors">How many.</param>
/// <param name="Durable">With O_DSYNC.</param>
/// <param name="SyncAfter">Followed by fsync of the image.</param>
public readonly record struct PlannedWrite(
    int Writer, int Number, int Image, int Spot, int First, int Sectors, bool Durable, bool SyncAfter);
