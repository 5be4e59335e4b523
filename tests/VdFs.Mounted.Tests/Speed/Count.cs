namespace VdFs.Mounted.Tests.Speed;

/// <param name="Number">How many.</param>
/// <param name="What">Of what, for messages.</param>
internal sealed record Count(long Number, string What);
