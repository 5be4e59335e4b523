using System.Buffers.Binary;
using System.Text;
using VdFs.Core.Checksums;

namespace VdFs.Core.Catalog;

/// <summary>
/// Every row carries a CRC-32C of its columns: SQLite checks its structure, not what stands in it, and a bit that flipped in a lineage would be
/// believed. Whoever writes a row writes its sum; rows are compared with theirs when the catalog is read.
/// </summary>
public sealed partial class SqliteCatalog
{
    /// <summary>What is summed, per table, and since which version there is one. A file list carries a sum of its own, at its end: that one stands for it, and ties it to its cut.</summary>
    private static readonly (string Table, int Since, string Key, string Columns)[] Summed =
    [
        ("settings", SumsSince, "key", "key, value"),
        ("images", SumsSince, "id", "id, fsid, inode, birth_s, birth_ns, handle_type, handle, lineage_since, lineage_broken"),
        ("cuts", SumsSince, "number", "number, cut_id, time_ms, name, state, images, bytes, patterns, length(files), substr(files, -4)"),
        ("losses", SumsSince, "cut || ', image ' || image", "cut, image, reason"),
        ("backups", BackupsSince, "cut", "cut, repository, state"),
        ("clocks", ClocksSince, "cut", "cut, clock_ms, offset_minutes"),
        ("inodes", InodesSince, "cut", "cut, family, folder, length(list), substr(list, -4)"),
        ("delta_inodes", InodesSince, "delta", "delta, first"),
        ("deltas", BackupsSince, "number", "number, older, older_id, older_ms, older_name, newer, newer_name"),
        ("seals", SumsSince, "image", "image, size, modify_s, modify_ns, change_s, change_ns"),
    ];

    private int version;

    /// <summary>Sentences about rows that aren't what was written.</summary>
    private List<string> FindDamagedRows()
    {
        var problems = new List<string>();
        if (version < SumsSince)
            return problems;
        foreach ((string table, _, string key, string columns) in Summed.Where(s => s.Since <= version))
            Query($"SELECT {key} FROM {table} WHERE sum IS NOT row_sum('{table}', {columns})", r => problems.Add($"row {r.GetValue(0)} of its table {table} is damaged (checksum)"));
        return problems;
    }

    /// <summary>Sums of rows that were just written by a statement of more than their values.</summary>
    private void SumRow(string table, string where, params (string Name, object Value)[] parameters)
    {
        string columns = Array.Find(Summed, s => s.Table == table).Columns;
        Run($"UPDATE {table} SET sum = row_sum('{table}', {columns}) WHERE {where}", parameters);
    }

    private void AddSums()
    {
        foreach ((string table, _, _, string columns) in Summed.Where(s => s.Since == SumsSince))
        {
            Run($"ALTER TABLE {table} ADD COLUMN sum INTEGER");
            Run($"UPDATE {table} SET sum = row_sum('{table}', {columns})");
        }
    }

    /// <summary>The SQL function row_sum(table, column, …): each value by its type, its length and its bytes.</summary>
    private void DefineSum() => connection.CreateFunction("row_sum", (Func<object?[], long>)(values =>
    {
        uint sum = 0;
        Span<byte> head = stackalloc byte[9];
        foreach (object? value in values)
        {
            byte[] bytes = value switch
            {
                long number => BitConverter.GetBytes(number),
                string text => Encoding.UTF8.GetBytes(text),
                byte[] blob => blob,
                double real => BitConverter.GetBytes(real),
                _ => [],
            };
            head[0] = value switch { long => 1, string => 2, byte[] => 3, double => 4, _ => 0 };
            BinaryPrimitives.WriteInt64LittleEndian(head[1..], bytes.Length);
            sum = Crc32C.Append(Crc32C.Append(sum, head), bytes);
        }
        return sum;
    }), isDeterministic: true);
}
