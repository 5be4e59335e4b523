namespace VdFs.Cli.Doctor;

/// <summary>One thing that the host has or lacks.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Found">What is there, in a few words.</param>
/// <param name="Verdict">`ok`, `lacks` (VdFs can't run), `advice` (it runs, something would be better) or `optional` (only for other uses).</param>
/// <param name="Advice">What to do; empty if nothing.</param>
public sealed record HostCheck(string Name, string Found, string Verdict, string Advice)
{
    public const string Ok = "ok", Lacks = "lacks", Better = "advice", Optional = "optional";
}
