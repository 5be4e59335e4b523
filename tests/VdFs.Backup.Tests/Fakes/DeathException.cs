namespace VdFs.Backup.Tests.Fakes;

/// <summary>What a killed process doesn't get to see.</summary>
internal sealed class DeathException() : Exception("killed");
