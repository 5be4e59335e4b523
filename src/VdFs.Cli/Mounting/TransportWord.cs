namespace VdFs.Cli.Mounting;

/// <summary>A <see cref="Transport"/> as people write it.</summary>
internal static class TransportWord
{
    public const string Rule = "auto, io_uring or read";

    /// <summary>Null: no such word.</summary>
    public static Transport? Parse(string word) => word switch
    {
        "auto" => Transport.Auto,
        "io_uring" => Transport.IoUring,
        "read" => Transport.Read,
        _ => null,
    };

    public static string Of(Transport transport) => transport switch
    {
        Transport.IoUring => "io_uring",
        Transport.Read => "read",
        _ => "auto",
    };
}
