namespace VdFs.Core;

/// <summary>How an engine is to behave.</summary>
public sealed record EngineOptions
{
    /// <summary>Checkpoints kept per mount; the oldest goes first.</summary>
    public int MaxCheckpoints { get; init; } = 100;

    /// <summary>How long a cut may wait for writes that are under way.</summary>
    public TimeSpan GateLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Identifies this run of the machine (Linux: /proc/sys/kernel/random/boot_id). What was not synced is trusted only within one.</summary>
    public string BootId { get; init; } = "";

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Has something done later on another thread: what a writer caused and must not wait for. Never throws.</summary>
    public Action<Action> Background { get; init; } = static work => ThreadPool.QueueUserWorkItem(static done => ((Action)done!)(), work);

    /// <summary>Takes one line for people per event that they should know of; level and text.</summary>
    public Action<EngineEvent> Log { get; init; } = static _ => { };
}

/// <summary>Something that people should know of.</summary>
/// <param name="Warning">True if something was lost or is at risk.</param>
/// <param name="Message">What happened, to what, what VdFs did, what the user can do.</param>
public readonly record struct EngineEvent(bool Warning, string Message);
