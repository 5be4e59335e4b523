using System.Text;
using System.Text.Json.Serialization;
using VdFs.Backup.Paths;

namespace VdFs.Backup.Repositories;

/// <summary>An extended attribute of an image, folder or link, as the snapshot had it.</summary>
/// <param name="Name">With its namespace: <c>user.comment</c>.</param>
/// <param name="Value">As the kernel gave it; base64 in JSON.</param>
public sealed record ExtendedAttribute([property: JsonConverter(typeof(ByteTextConverter))] byte[] Name, byte[] Value)
{
    /// <summary>The list that decides who may do what, beside the mode.</summary>
    [JsonIgnore]
    public bool IsAccessList => Name.AsSpan().SequenceEqual("system.posix_acl_access"u8);

    /// <summary>What new files in a folder get.</summary>
    [JsonIgnore]
    public bool IsDefaultList => Name.AsSpan().SequenceEqual("system.posix_acl_default"u8);

    /// <summary>Whether a repository that isn't trusted could give rights by it: restored only when that is asked for, by root.</summary>
    [JsonIgnore]
    public bool IsPrivileged => !IsAccessList && !IsDefaultList && !Name.AsSpan().StartsWith("user."u8);

    /// <summary>The name, for people.</summary>
    public override string ToString() => string.Concat(Encoding.UTF8.GetString(Name).Select(c => char.IsControl(c) ? '?' : c));
}
