using System.IO;
using System.Text;
using VdFs.Core;
using VdFs.Core.Catalog;
using VdFs.Core.Checking;
using VdFs.Core.Errors;
using VdFs.Core.Images;
using VdFs.Core.Snapshots;
using VdFs.Core.Storage;
using VdFs.FileSystem.Backing;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Backing;

namespace VdFs.Fuse.Tests.State;

/// <summary>An engine on real files, what its images held at each cut, and what may be answered about it: the truth, or that it isn't known.</summary>
internal sealed partial class StateWorld : IDisposable
{
    /// <summary>In memory if it can be: a catalog syncs every commit.</summary>
    private readonly Backing.TemporaryFolder folder = new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
    private readonly Dictionary<string, Dictionary<string, byte[]>> cuts = [];
    private readonly LinuxBackingDirectory backing;
    private SqliteCatalog? catalog;

    public StateWorld()
    {
        Directory.CreateDirectory(Images);
        Ok(LinuxBackingDirectory.Open(Images, out LinuxBackingDirectory? opened));
        backing = opened!;
    }

    public string Images => folder["images"];

    public string State => folder["images/.vdfs"];

    public List<EngineEvent> Events { get; } = [];

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public string BootId { get; set; } = "boot";

    public Engine? Engine { get; private set; }

    private Worker Worker { get; set; } = null!;

    private LinuxStorage StateStorage { get; set; } = null!;

    private LinuxStorage PreserveStorage { get; set; } = null!;

    /// <summary>Opens the engine as a mount does; the sentence of its refusal, or null.</summary>
    public string? Open()
    {
        OpenFolders();
        Outcome outcome;
        try
        {
            catalog = SqliteCatalog.Open(State + "/catalog.db");
            outcome = Engine.Open(StateStorage, PreserveStorage, catalog, backing, new EngineOptions { BootId = BootId, Clock = Clock, Log = Events.Add }, out Engine? engine);
            Engine = engine;
        }
        catch (CatalogException e)
        {
            outcome = Outcome.Failed(e.Error, e.Message);
        }
        if (Engine is not null)
        {
            Worker = new Worker(Engine.Gate, mayWait: true);
            return null;
        }
        CloseFolders();
        return outcome.Message;
    }

    /// <param name="clean">False: as after a kill.</param>
    public void Close(bool clean)
    {
        if (clean)
            Assert.True(Engine!.Stop().Succeeded);
        Worker.Dispose();
        Engine!.Dispose();
        Engine = null;
        CloseFolders();
    }

    public void Write(string name, long offset, int length, byte value)
    {
        if (!File.Exists(Images + "/" + name))
            File.WriteAllBytes(Images + "/" + name, []);
        Ok(backing.Lookup(backing.Root, Encoding.UTF8.GetBytes(name), out BackingRef node, out _));
        Ok(backing.Identify(node, out ImageIdentity? identity));
        Ok(backing.GetAttributes(node, out var attributes));
        Ok(backing.Open(node, OpenIntent.Read | OpenIntent.Write, out IBackingFile? file));
        backing.Close(node);
        using (file)
            Ok(Engine!.Images.Add(attributes.Key, identity!).Write(Worker, file!, offset, Enumerable.Repeat(value, length).ToArray(), WriteDurability.None, out _));
    }

    public void Cut(string name)
    {
        Outcome made = Engine!.Create(name);
        Assert.True(made.Succeeded, made.Message);
        cuts[name] = Now();
    }

    /// <summary>Every view is exact or an I/O error that is told; changes are everything that differs, and perhaps more.</summary>
    /// <returns>Whether all is as if nothing had happened.</returns>
    public bool Verify()
    {
        bool whole = true;
        Dictionary<string, byte[]> now = Now();
        foreach (Snapshot snapshot in Engine!.Snapshots.All.Where(s => cuts.ContainsKey(s.Name)).ToArray())
        {
            foreach ((string name, byte[] then) in cuts[snapshot.Name])
            {
                whole &= !snapshot.Held || VerifyView(snapshot, name, then);
                whole &= VerifyChanges(snapshot, name, then, now[name]);
            }
        }
        whole &= VerifyDeltas();
        return whole && cuts.Keys.All(c => Engine.Snapshots.All.Any(s => s.Name == c));
    }

    /// <summary>`vdfs check`, and then its repairs if asked to.</summary>
    public CheckReport Check(bool repair = false)
    {
        OpenFolders(create: false);
        SqliteCatalog? read = null;
        CatalogException? unreadable = null;
        try
        {
            read = SqliteCatalog.OpenReadOnly(State + "/catalog.db");
        }
        catch (CatalogException e)
        {
            unreadable = e;
        }
        var check = new StateCheck(StateStorage, PreserveStorage, read, backing, new CheckOptions());
        if (unreadable is not null)
            check.CatalogIsUnreadable(unreadable.Message, unreadable.Error == FsError.Io);
        CheckReport report = check.Run();
        read?.Dispose();
        if (repair)
        {
            SqliteCatalog? writable = null;
            report = check.Repair(() => writable ??= SqliteCatalog.Open(State + "/catalog.db"));
            writable?.Dispose();
        }
        CloseFolders();
        return report;
    }

    public void Dispose()
    {
        if (Engine is not null)
            Close(clean: false);
        backing.Dispose();
        folder.Dispose();
    }

    private bool VerifyView(Snapshot snapshot, string name, byte[] then)
    {
        bool answered = false;
        FileListEntry? entry = null;
        try
        {
            entry = snapshot.Files.FindPath(Encoding.UTF8.GetBytes(name));
        }
        catch (InvalidDataException)
        {
            Assert.NotNull(snapshot.LossOf(ImageId.None));
            return false;
        }
        if (snapshot.LossOf(entry!.Image) is null)
        {
            Image image = Engine!.Images.Find(entry.Image)!;
            Ok(backing.OpenImage(image.Id, image.Identity, Encoding.UTF8.GetBytes(name), out IBackingFile? file));
            byte[] read = new byte[4096];
            answered = true;
            using (file)
            {
                for (int at = 0; at < then.Length; at += read.Length)
                {
                    Span<byte> expected = then.AsSpan(at, Math.Min(read.Length, then.Length - at));
                    FsError error = image.ReadView(Worker, snapshot.Number, then.Length, file!, at, read, out int count);
                    if (error == FsError.None && snapshot.LossOf(entry.Image) is null)
                        Assert.True(expected.SequenceEqual(read.AsSpan(0, count)), $"{name} in {snapshot.Name} at {at}");
                    else
                        answered = false;
                }
            }
        }
        if (!answered)
            Assert.NotEqual("whole", Engine!.List().Single(s => s.Name == snapshot.Name).State);
        return answered;
    }

    private bool VerifyChanges(Snapshot snapshot, string name, byte[] then, byte[] now)
    {
        Outcome outcome = Engine!.Changes(name, snapshot.Name, null, out ChangeReport? report);
        if (!outcome.Succeeded)
        {
            Assert.NotEqual("", outcome.Message);
            return false;
        }
        bool[] told = new bool[(now.Length + 4095) / 4096];
        foreach (Extent extent in report!.Full ? [new Extent(0, now.Length)] : report.Extents)
            told.AsSpan((int)(extent.Start / 4096), (int)((extent.Length + 4095) / 4096)).Fill(true);
        for (int block = 0; block < told.Length; block++)
        {
            int at = block * 4096, end = Math.Min(at + 4096, now.Length);
            bool same = end <= then.Length && now.AsSpan(at, end - at).SequenceEqual(then.AsSpan(at, end - at));
            Assert.True(told[block] || same, $"block {block} of {name} changed since {snapshot.Name} and isn't told");
        }
        return !report.Full;
    }

    private Dictionary<string, byte[]> Now() => Directory.GetFiles(Images).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);

    private void OpenFolders(bool create = true)
    {
        Ok(LinuxStorage.Open(State, create, out LinuxStorage? state));
        Ok(LinuxStorage.Open(State + "/preserve", create, out LinuxStorage? preserve));
        (StateStorage, PreserveStorage) = (state!, preserve!);
        if (create && !Directory.Exists(State + "/lock"))
            File.AppendAllText(State + "/lock", "");
    }

    private void CloseFolders()
    {
        StateStorage.Dispose();
        PreserveStorage.Dispose();
    }

    private static void Ok(FsError error) => Assert.Equal(FsError.None, error);
}
