using System.Globalization;
using System.IO;
using System.Text.Json;
using VdFs.PowerCut.Load;

namespace VdFs.PowerCut.Checks;

/// <summary>`powercut check IMAGES MOUNT HISTORY SEED SAMPLES [OPTION…]`, run in the guest that was booted after a power cut.</summary>
public static class CheckProgram
{
    private const string Result = "VDFS RESULT ";

    public static int Run(string[] arguments)
    {
        var history = new History();
        foreach (string line in File.ReadLines(arguments[2]))
            history.Take(line.Split(' '));
        using var served = new ServedImages(ServedImages.CommandInGuest, arguments[0], arguments[1], arguments[5..]);
        var plan = new LoadPlan(ulong.Parse(arguments[3], CultureInfo.InvariantCulture));
        CutResult result = new CutCheck(plan, history, served, new Random(int.Parse(arguments[4], CultureInfo.InvariantCulture))).Run();
        served.Unmount();
        Console.WriteLine(Result + JsonSerializer.Serialize(result));
        return 0;
    }

    /// <summary>The result out of all that the guest said.</summary>
    public static CutResult ResultIn(string said)
    {
        string line = said.Split('\n').Single(l => l.StartsWith(Result, StringComparison.Ordinal));
        return JsonSerializer.Deserialize<CutResult>(line[Result.Length..])!;
    }
}
