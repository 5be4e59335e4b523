namespace VdFs.Core.Inodes;

/// <summary>The inode numbers of a cut, as the catalog keeps them until the cut is forgotten: the next cut of its name takes them over.</summary>
/// <param name="Cut">Its number.</param>
/// <param name="Family">As in <see cref="ViewInodes"/>.</param>
/// <param name="Folder">As in <see cref="ViewInodes"/>.</param>
/// <param name="List">The numbers and change times as bytes (<c>ViewInodesFormat</c>).</param>
public sealed record CatalogInodes(long Cut, long Family, uint Folder, byte[] List);
