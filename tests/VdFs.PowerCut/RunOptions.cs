using System.Globalization;

namespace VdFs.PowerCut;

/// <summary>What `powercut run` is told: words of the form --name=value.</summary>
public sealed record RunOptions
{
    /// <summary>Power cuts altogether.</summary>
    public int Cuts { get; init; } = 50;

    /// <summary>Runs of a guest with load; each gives its share of the cuts.</summary>
    public int Runs { get; init; } = 4;

    /// <summary>Seconds of load per run.</summary>
    public int Seconds { get; init; } = 30;

    public ulong Seed { get; init; } = (ulong)Random.Shared.NextInt64(1_000_000_000);

    /// <summary>Options for `vdfs mount`, in the guest and after the power cut.</summary>
    public string[] MountOptions { get; init; } = [];

    /// <summary>How many of the cuts are checked by booting a guest from the disk; the others are mounted by this machine's kernel.</summary>
    public int Boot { get; init; }

    /// <summary>So many further power cuts show that the check sees what is wrong: VdFs is made to believe that it ended cleanly. At least one has to break a promise.</summary>
    public int Proofs { get; init; }

    /// <summary>Where logs and disks of cuts with violations are kept; null: nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>Print what the guests say.</summary>
    public bool Verbose { get; init; }

    public static RunOptions Parse(IEnumerable<string> words)
    {
        var options = new RunOptions();
        foreach (string word in words)
        {
            string[] parts = word.Split('=', 2);
            if (word == "--verbose")
            {
                options = options with { Verbose = true };
                continue;
            }
            string value = parts.Length > 1 ? parts[1] : throw new ArgumentException($"{word}: a value is missing");
            options = parts[0] switch
            {
                "--cuts" => options with { Cuts = Number(value) },
                "--runs" => options with { Runs = Number(value) },
                "--seconds" => options with { Seconds = Number(value) },
                "--seed" => options with { Seed = ulong.Parse(value, CultureInfo.InvariantCulture) },
                "--mount-options" => options with { MountOptions = value.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
                "--boot" => options with { Boot = Number(value) },
                "--proofs" => options with { Proofs = Number(value) },
                "--keep" => options with { Keep = value },
                _ => throw new ArgumentException($"{word}: no such option"),
            };
        }
        return options;
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
