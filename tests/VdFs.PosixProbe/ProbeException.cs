namespace VdFs.PosixProbe;

/// <summary>A step that a case needs as its ground failed; the case says nothing then.</summary>
public sealed class ProbeException(string message) : Exception(message);
