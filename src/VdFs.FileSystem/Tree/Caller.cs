namespace VdFs.FileSystem.Tree;

/// <summary>On whose behalf an operation is done.</summary>
/// <param name="Uid">User id that new files belong to.</param>
/// <param name="Gid">Group id.</param>
/// <param name="Pid">Process (thread) id in the daemon's pid namespace; 0 if it can't be seen from there.</param>
public readonly record struct Caller(uint Uid, uint Gid, int Pid);
