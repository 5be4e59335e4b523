namespace VdFs.Core.Tests.World;

/// <summary>A promise that an engine in a simulated world didn't keep.</summary>
public sealed class WorldViolationException(string message) : Exception(message);
