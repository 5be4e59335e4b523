namespace VdFs.Cli.Service;

/// <summary>The service's addresses; every one but status, list and check is a POST with a JSON body.</summary>
internal static class ServicePaths
{
    public const string Status = "/v1/status";
    public const string List = "/v1/snapshots";
    public const string Create = "/v1/snapshots/create";
    public const string Release = "/v1/snapshots/release";
    public const string Rename = "/v1/snapshots/rename";
    public const string Delete = "/v1/snapshots/delete";
    public const string Upgrade = "/v1/upgrade";
    public const string Set = "/v1/set";
    public const string Changes = "/v1/changes";
    public const string BeginBackup = "/v1/backups/begin";
    public const string ResumeBackup = "/v1/backups/resume";
    public const string CompleteBackup = "/v1/backups/complete";
    public const string RevokeLineage = "/v1/lineage/revoke";
    public const string Check = "/v1/check";

    /// <summary>What the answer to a check is: JSON values, one a line.</summary>
    public const string Lines = "application/x-ndjson";
}
