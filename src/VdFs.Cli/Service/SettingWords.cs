using System.Text.Json;
using VdFs.Cli.Mounting;
using VdFs.Core.Space;

namespace VdFs.Cli.Service;

/// <summary>What a live mount was told, from the words of the command line to the engine's settings, and as it is remembered for later workers.</summary>
internal static class SettingWords
{
    /// <summary>Null: the words can't be read.</summary>
    public static SpaceSettings? Read(SetRequest request)
    {
        SpaceLimit? limit = request.PreserveLimit is not null && SpaceLimit.TryParse(request.PreserveLimit, out var read) ? read : null;
        var policy = request.WhenFull is null ? null : SpaceWord.Policy(request.WhenFull);
        if ((limit is null && request.PreserveLimit is not null) || (policy is null && request.WhenFull is not null) || request.WhenFullLimit is < 0 or > SpaceWord.LongestWait)
            return null;
        TimeSpan? wait = request.WhenFullLimit is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return new(limit, policy, wait);
    }

    /// <summary>What was remembered and what came after it.</summary>
    public static string Add(string remembered, SetRequest request)
    {
        var before = Parse(remembered);
        return JsonSerializer.Serialize(
            new(request.PreserveLimit ?? before.PreserveLimit, request.WhenFull ?? before.WhenFull, request.WhenFullLimit ?? before.WhenFullLimit),
            ServiceJson.Default.SetRequest);
    }

    /// <summary>What <see cref="Add"/> gave; nothing if it can't be read (another build's).</summary>
    public static SetRequest Parse(string remembered)
    {
        try
        {
            return remembered.Length > 0 && JsonSerializer.Deserialize(remembered, ServiceJson.Default.SetRequest) is { } request ? request : new(null, null, null);
        }
        catch (JsonException)
        {
            return new(null, null, null);
        }
    }
}
