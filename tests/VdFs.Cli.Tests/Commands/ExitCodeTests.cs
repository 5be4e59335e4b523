using VdFs.Core.Errors;

namespace VdFs.Cli.Tests.Commands;

public class ExitCodeTests
{
    [Fact]
    public void Every_code_is_explained_once_and_in_order() =>
        Assert.Equal(Enum.GetValues<ExitCode>(), ExitCodes.Help.Select(one => one.Code));

    [Fact]
    public void Only_success_is_zero()
    {
        foreach (var error in Enum.GetValues<FsError>())
            Assert.Equal(error == FsError.None, ExitCodes.From(error) == ExitCode.Ok);
    }

    [Theory]
    [InlineData(FsError.NotFound, 3)]
    [InlineData(FsError.AlreadyExists, 4)]
    [InlineData(FsError.Busy, 5)]
    [InlineData(FsError.AccessDenied, 6)]
    [InlineData(FsError.NotSupported, 7)]
    [InlineData(FsError.NoSpace, 8)]
    [InlineData(FsError.TimedOut, 9)]
    [InlineData(FsError.Io, 1)]
    [InlineData(FsError.InvalidArgument, 2)]
    public void Scripts_can_rely_on(FsError error, int code) => Assert.Equal(code, (int)ExitCodes.From(error));
}
