using VdFs.PosixProbe;
using VdFs.PosixProbe.Native;

// posix-probe FOLDER CASE…      runs cases, each in a new folder FOLDER/CASE, and prints a line for each: CASE TAB what it saw
// posix-probe --helper FOLDER HELPER ARGUMENT…   the second process of a case
_ = Libc.umask(0b000_010_010);
if (args is ["--helper", var root, var helper, .. var rest])
{
    Console.WriteLine(Helpers.Run(helper, root, rest));
    return 0;
}
foreach (string name in args[1..])
{
    string folder = $"{args[0]}/{name}";
    Ground.Must(Posix.MakeDirectory(folder));
    string seen;
    try
    {
        seen = ProbeCases.Run(name, folder);
    }
    catch (ProbeException e)
    {
        seen = $"BROKEN: {e.Message} at {e.StackTrace?.Split('\n').Skip(1).FirstOrDefault()?.Trim()}";
    }
    Console.WriteLine($"{name}\t{seen}");
}
return 0;
