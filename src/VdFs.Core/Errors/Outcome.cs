namespace VdFs.Core.Errors;

/// <summary>
/// The outcome of a command (a cut, a release): the error, and for people one sentence that says what happened,
/// to what, what VdFs did and what the user can do. The message is empty on success.
/// </summary>
public readonly record struct Outcome(FsError Error, string Message)
{
    public static Outcome Success { get; } = new(FsError.None, "");

    public bool Succeeded => Error == FsError.None;

    public static Outcome Failed(FsError error, string message) => new(error, message);
}
