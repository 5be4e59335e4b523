namespace VdFs.TestKit.Processes;

/// <summary>A command that had to succeed did not; the message holds all that it printed.</summary>
public sealed class ToolFailedException(ToolResult result) : Exception(result.ToString())
{
    public ToolResult Result { get; } = result;
}
