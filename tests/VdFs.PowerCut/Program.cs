using VdFs.PowerCut;
using VdFs.PowerCut.Checks;
using VdFs.PowerCut.Load;

return args switch
{
    ["load", .. var rest] => LoadProgram.Run(rest),
    ["check", .. var rest] => CheckProgram.Run(rest),
    ["run", .. var rest] => RunProgram.Run(rest),
    _ => throw new ArgumentException("powercut run [OPTION…] | load … | check …, see LoadProgram, CheckProgram"),
};
