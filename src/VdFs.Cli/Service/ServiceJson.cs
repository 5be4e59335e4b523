using System.Text.Json.Serialization;
using VdFs.Cli.Doctor;
using VdFs.Core.Backups;
using VdFs.Core.Checking;
using VdFs.Core.Snapshots;

namespace VdFs.Cli.Service;

/// <summary>How messages become JSON; generated, so that a command starts without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false, Converters = [typeof(ExactTextConverter)])]
[JsonSerializable(typeof(MountStatus))]
[JsonSerializable(typeof(List<MountListing>))]
[JsonSerializable(typeof(StatusCheckAnswer))]
[JsonSerializable(typeof(CreateRequest))]
[JsonSerializable(typeof(NameRequest))]
[JsonSerializable(typeof(SetRequest))]
[JsonSerializable(typeof(RenameRequest))]
[JsonSerializable(typeof(UpgradeRequest))]
[JsonSerializable(typeof(ChangesRequest))]
[JsonSerializable(typeof(ServiceError))]
[JsonSerializable(typeof(Output.ErrorAnswer))]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(Mounted))]
[JsonSerializable(typeof(SnapshotInfo))]
[JsonSerializable(typeof(List<SnapshotInfo>))]
[JsonSerializable(typeof(ChangeReport))]
[JsonSerializable(typeof(ChangesAnswer))]
[JsonSerializable(typeof(List<HostCheck>))]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(BackupStart))]
[JsonSerializable(typeof(BackupBegun))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(CompleteRequest))]
[JsonSerializable(typeof(RevokeRequest))]
[JsonSerializable(typeof(CheckLine))]
internal sealed partial class ServiceJson : JsonSerializerContext;
