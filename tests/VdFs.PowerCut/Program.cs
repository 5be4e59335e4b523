using VdFs.PowerCut;
using VdFs.PowerCut.Load;

return args switch
{
    ["load", .. var rest] => LoadProgram.Run(rest),
    ["run", .. var rest] => RunProgram.Run(rest),
    _ => throw new ArgumentException("powercut run [options] | load MOUNT DISK OFFSET SEED SECONDS"),
};
