using VdFs.Cli;
using VdFs.Cli.Commands;
using VdFs.Cli.Composition;

return GuardDaemon.TryRun(args) ?? await CommandLine.RunAsync(ExactArguments.Of(args), CliHost.OfThisProcess()).ConfigureAwait(false);
