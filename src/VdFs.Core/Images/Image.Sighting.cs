using VdFs.Core.Storage;

namespace VdFs.Core.Images;

/// <summary>
/// What the image was last seen like at an instant at which nothing was under way: size and time of modification. If nothing went through VdFs since, it must still be like that;
/// otherwise somebody wrote to it in the backing directory.
/// </summary>
/// <remarks>Whatever changes size or time through VdFs makes a record in the current generation first, or says so by <see cref="NoteTimes"/> first. So who looks at the file first and at these afterwards never suspects VdFs itself.</remarks>
public sealed partial class Image
{
    private readonly Lock sighting = new();
    private long sightedIn = long.MaxValue;
    private long sightedSize;
    private TimeSpec sightedTime;
    private long timesChangedIn = -1;
    private long sightings;

    /// <summary>How often it was seen; to be read before its attributes are, by who looks while a cut may look too.</summary>
    internal long Sightings => Volatile.Read(ref sightings);

    /// <summary>Its size or its time of modification is about to change without its data. Inside the gate.</summary>
    public void NoteTimes() => Volatile.Write(ref timesChangedIn, host.Generation);

    /// <summary>With the gate closed, or before the mount serves.</summary>
    /// <param name="now">As it is.</param>
    /// <param name="generation">What is recorded from now on is recorded in this one, or a later one.</param>
    internal void See(in FileAttributes now, long generation)
    {
        lock (sighting)
        {
            sightedIn = generation;
            sightedSize = now.Size;
            sightedTime = now.ModifyTime;
            Volatile.Write(ref sightings, sightings + 1);
        }
    }

    /// <summary>Whether <paramref name="now"/>, which was read before this was asked, can only come from somebody else.</summary>
    /// <param name="now">As it was read.</param>
    /// <param name="since"><see cref="Sightings"/> from before that. Seen again since then, it may have been read before a write that this sighting knows of; whoever saw it then has compared it himself.</param>
    internal bool WasChangedUnseen(in FileAttributes now, long since)
    {
        lock (sighting)
        {
            return sightings == since && sightedIn != long.MaxValue && CurrentRecordNumber < sightedIn && Volatile.Read(ref timesChangedIn) < sightedIn
                && (now.Size != sightedSize || !now.ModifyTime.IsSeenLater(sightedTime));
        }
    }
}
