namespace VdFs.PowerCut.Native;

/// <summary>A system call failed.</summary>
public sealed class CallFailedException(string call, string path, int error)
    : Exception($"{call} of {path}: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(error)} (errno {error})")
{
    public int Error { get; } = error;
}
