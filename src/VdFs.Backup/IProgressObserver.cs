using VdFs.Backup.Paths;

namespace VdFs.Backup;

/// <summary>Is told how a restore, a verification or a prune goes, from any thread.</summary>
public interface IProgressObserver
{
    void Tell(string sentence);

    /// <summary>Something isn't as it was asked for, though the work goes on.</summary>
    void Warn(string sentence);

    /// <summary>So much is to be read and written in all, as far as that can be known.</summary>
    void Planned(int images, long bytes);

    void Started(RelativePath image, long bytes);

    void Advanced(RelativePath image, long bytes);

    /// <param name="outcome">What came of it: "restored".</param>
    void Finished(RelativePath image, string outcome);
}
