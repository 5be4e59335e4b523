using VdFs.Cli;
using VdFs.Cli.Commands;

return await CommandLine.RunAsync(args, CliHost.OfThisProcess()).ConfigureAwait(false);
