using System.Text.Json.Serialization;

namespace VdFs.Backup.Repositories;

/// <summary>How a repository's JSON files are written; generated, so that a command starts without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RepositoryHeader))]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(FileRecord))]
internal sealed partial class RepositoryJson : JsonSerializerContext;
