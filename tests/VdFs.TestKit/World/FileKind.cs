namespace VdFs.TestKit.World;

/// <summary>What kind a simulated file is of, and the labels of its calls.</summary>
public sealed class FileKind
{
    private static readonly Dictionary<string, FileKind> Kinds = new(StringComparer.Ordinal)
    {
        [".changes"] = new("record"), [".data"] = new("data"), [".sums"] = new("sums"), ["intents"] = new("intents"), ["records"] = new("list"),
    };

    private static readonly FileKind Other = new("other");

    private FileKind(string name)
    {
        Name = name;
        Open = name + ".open";
        Create = name + ".create";
        Read = name + ".read";
        Write = name + ".write";
        Sync = name + ".sync";
        Length = name + ".length";
        Resize = name + ".resize";
        Punch = name + ".punch";
        Seek = name + ".seek";
        Delete = name + ".delete";
        Rename = name + ".rename";
        Copy = name + ".copy";
        Share = name + ".share";
        Attributes = name + ".attributes";
    }

    public static FileKind Image { get; } = new("image");

    public string Name { get; }

    public string Open { get; }

    public string Create { get; }

    public string Read { get; }

    public string Write { get; }

    public string Sync { get; }

    public string Length { get; }

    public string Resize { get; }

    public string Punch { get; }

    public string Seek { get; }

    public string Delete { get; }

    public string Rename { get; }

    public string Copy { get; }

    public string Share { get; }

    public string Attributes { get; }

    /// <summary>The kind of a file of the state or preserve directory.</summary>
    public static FileKind Of(string path)
    {
        int dot = path.LastIndexOf('.');
        string key = dot >= 0 && path.Contains('/') ? path[dot..] : path[(path.LastIndexOf('/') + 1)..].Split('.')[0];
        return Kinds.GetValueOrDefault(key, Other);
    }
}
