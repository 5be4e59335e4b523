using System.Reflection;

namespace VdFs.PosixProbe;

/// <summary>The list: every public method of the classes in Cases, by its name.</summary>
public static class ProbeCases
{
    private static readonly Dictionary<string, MethodInfo> Methods = typeof(ProbeCases).Assembly.GetTypes()
        .Where(t => t is { Namespace: "VdFs.PosixProbe.Cases", IsNested: false })
        .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .ToDictionary(m => m.Name);

    public static IReadOnlyList<string> Names { get; } = [.. Methods.Keys.Order()];

    /// <summary>Runs a case in an existing, empty folder and answers what it saw.</summary>
    public static string Run(string name, string folder)
    {
        var ground = new Ground(folder);
        Methods[name].CreateDelegate<Action<Ground>>()(ground);
        return ground.Transcript;
    }
}
