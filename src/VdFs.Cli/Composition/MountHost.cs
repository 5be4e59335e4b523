using Microsoft.Extensions.Logging;
using VdFs.Cli.Mounting;

namespace VdFs.Cli.Composition;

/// <summary>Where the parts are put together.</summary>
public static class MountHost
{
    public static IMountedImages Start(MountRequest request, ILoggerFactory logs) =>
        throw new CommandFailedException(ExitCode.HostLacks, $"This build can't mount {request.BackingDirectory}.");
}
