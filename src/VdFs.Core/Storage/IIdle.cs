namespace VdFs.Core.Storage;

/// <summary>What keeps a descriptor open that it can do without while nobody uses it, since it can open it again.</summary>
public interface IIdle
{
    /// <summary>Changes with every use.</summary>
    uint Uses { get; }

    /// <summary>Whether it has its descriptor.</summary>
    bool IsOpen { get; }

    /// <summary>Closes the descriptor. False: it is in use, or it can't be opened again now, or it has none.</summary>
    bool TryRest();

    /// <summary>Kept for <see cref="IdleDescriptors"/>, which alone sets it.</summary>
    int PoolPlace { get; set; }
}
