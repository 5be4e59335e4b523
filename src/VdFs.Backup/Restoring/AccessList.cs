using System.Buffers.Binary;

namespace VdFs.Backup.Restoring;

/// <summary>
/// A POSIX list of access as Linux keeps it in <c>system.posix_acl_access</c> (include/uapi/linux/posix_acl_xattr.h): a version, then entries of tag, permission and
/// id. With one, the mode's bits for the group are the list's mask, not what the group may do.
/// </summary>
internal readonly struct AccessList
{
    private const ushort NamedUser = 0x02;
    private const ushort Group = 0x04;
    private const ushort NamedGroup = 0x08;
    private const ushort Mask = 0x10;
    private const ushort Others = 0x20;
    private const int HeadLength = 4;
    private const int EntryLength = 8;

    private readonly byte[] value;

    private AccessList(byte[] value) => this.value = value;

    /// <returns>Null: not such a list.</returns>
    public static AccessList? Read(byte[] value) =>
        value.Length >= HeadLength && (value.Length - HeadLength) % EntryLength == 0 && BinaryPrimitives.ReadUInt32LittleEndian(value) == 2 ? new(value) : null;

    /// <summary>The mode that gives nobody more than the list and <paramref name="mode"/> together do, where there is no list.</summary>
    public uint ModeWithout(uint mode)
    {
        uint mask = 7, group = 0, users = 7, groups = 7;
        for (int at = HeadLength; at < value.Length; at += EntryLength)
        {
            uint permission = BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(at + 2)) & 7u;
            switch (BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(at)))
            {
                case Mask:
                    mask = permission;
                    break;
                case Group:
                    group = permission;
                    break;
                case NamedUser:
                    users &= permission;
                    break;
                case NamedGroup:
                    groups &= permission;
                    break;
            }
        }
        // A user with an entry gets what the entry says and no more, also as one of the group or of the others; one of a group with an entry isn't one of the others.
        uint others = mode & 7 & (users == 7 ? 7 : users & mask) & (groups == 7 ? 7 : groups & mask);
        return (mode & ~0x3Fu) | ((group & mask & (mode >> 3) & users) << 3) | others;
    }

    /// <summary>The same list, which gives nobody more than <paramref name="mode"/> does; and if it is to belong to another group, that one no more than all others.</summary>
    public byte[] Limited(uint mode, bool sameGroup)
    {
        byte[] changed = [.. value];
        bool masked = Permission(Mask) is not null;
        for (int at = HeadLength; at < changed.Length; at += EntryLength)
        {
            uint permission = changed[at + 2];
            changed[at + 2] = (byte)(BinaryPrimitives.ReadUInt16LittleEndian(changed.AsSpan(at)) switch
            {
                Mask => permission & (mode >> 3) & 7,
                Group => permission & (masked ? 7 : mode >> 3) & (sameGroup ? 7 : mode) & 7,
                Others => permission & mode & 7,
                _ => permission,
            });
        }
        return changed;
    }

    private uint? Permission(ushort tag)
    {
        for (int at = HeadLength; at < value.Length; at += EntryLength)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(at)) == tag)
                return BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(at + 2));
        }
        return null;
    }
}
