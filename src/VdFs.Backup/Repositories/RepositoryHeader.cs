namespace VdFs.Backup.Repositories;

/// <summary>What <c>vdfs-repository.json</c> says.</summary>
/// <param name="Format">"vdfs-repository".</param>
/// <param name="Version">Of the whole repository's format.</param>
/// <param name="Id">Random, 32 hexadecimal digits: what the mount knows this repository by.</param>
/// <param name="States">Ids of the state directories whose images it holds: one, and those that were adopted.</param>
public sealed record RepositoryHeader(string Format, int Version, string Id, IReadOnlyList<string> States)
{
    public const string FormatName = "vdfs-repository";

    public const int CurrentVersion = 1;
}
