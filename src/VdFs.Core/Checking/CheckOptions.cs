namespace VdFs.Core.Checking;

/// <summary>How a check is to go about it.</summary>
public sealed record CheckOptions
{
    /// <summary>The state is in use: what is being written is looked at again before it counts as a fault, and nothing is repaired.</summary>
    public bool Live { get; init; }

    /// <summary>What a damaged catalog is called once it is moved aside: a name in the state directory that isn't taken.</summary>
    public string Aside { get; init; } = "catalog.db.damaged";

    /// <summary>Called now and then with bytes of pre-images read so far.</summary>
    public Action<long> Progress { get; init; } = static _ => { };

    /// <summary>Ends the check early, by <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}
