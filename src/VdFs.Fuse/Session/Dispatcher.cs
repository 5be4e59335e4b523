using VdFs.Core.Errors;
using VdFs.FileSystem.Tree;
using VdFs.Fuse.Native;
using VdFs.Fuse.Protocol;

namespace VdFs.Fuse.Session;

/// <summary>
/// Decodes one request at a time, has the tree do it and lays out the answer. One per thread. Nothing that a request holds makes it
/// throw; what the tree throws is logged and becomes EIO.
/// </summary>
internal sealed partial class Dispatcher : IDisposable
{
    /// <summary>FUSE_UNIQUE_RESEND: the mark in the number of a request that a former worker was sent too. The answer has to carry it as well.</summary>
    private const ulong SentAgain = 1UL << 63;

    private readonly ITree tree;
    private readonly OperationContext context;
    private readonly ReplyWriter reply = new();
    private readonly ConnectionState connection;
    private readonly RequestLog log;
    private readonly DirectoryReply listing = new();
    private readonly bool mayWait;

    /// <summary>Set by an operation whose answer is an errno that the tree has no word for.</summary>
    private int specialErrno;
    private bool malformed;
    private Grant granted;

    public Dispatcher(ITree tree, bool mayWait, ConnectionState connection, RequestLog log)
    {
        this.tree = tree;
        this.mayWait = mayWait;
        this.connection = connection;
        this.log = log;
        context = tree.CreateContext(mayWait);
    }

    /// <summary>Where the next answer goes is to be said to it before <see cref="Serve"/>.</summary>
    public ReplyWriter Reply => reply;

    /// <summary>False: the request waited for room for as long as it may, and has to be answered now. Set before <see cref="Serve"/>.</summary>
    public bool WaitsForSpace
    {
        set => context.Worker.WaitsForSpace = value;
    }

    public Disposition Serve(ReadOnlySpan<byte> request)
    {
        reply.Clear();
        specialErrno = 0;
        malformed = false;
        granted = default;
        if (!RequestReader.TryCreate(request, out RequestReader reader))
            return ServeUnreadable(reader.Header, request.Length);

        FuseInHeader header = reader.Header;
        context.Caller = new Caller(header.Uid, header.Gid, (int)header.Pid);
        context.Request.Start(header.Unique & ~SentAgain, (header.Unique & SentAgain) != 0);
        FsError error;
        try
        {
            if (header.Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget)
            {
                Forget(ref reader);
                return Finished(header, request.Length, Disposition.NoAnswer);
            }
            error = Route(ref reader);
        }
#pragma warning disable CA1031 // Whatever the tree throws must end as an answer: a request without one hangs its caller for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Failed(header, e);
            error = FsError.Io;
            specialErrno = 0;
        }
        if (error == FsError.MustWaitForSpace)
        {
            context.Request.Postpone();
            return Disposition.WaitForSpace;
        }
        if (error == FsError.MustWait)
        {
            if (!mayWait)
            {
                context.Request.Postpone();
                return Disposition.Defer;
            }
            log.Failed(header, new InvalidOperationException("the tree asked a thread that may wait to wait elsewhere"));
            error = FsError.Io;
        }
        reply.Finish(header.Unique, specialErrno != 0 ? specialErrno : Errno.From(error));
        return Finished(header, request.Length, Disposition.Answer);
    }

    /// <summary>The kernel took the answer, or will never: the request won't come again.</summary>
    public void Answered() => context.Request.Answered();

    /// <summary>The answer didn't reach the kernel (its caller is gone): what it would have given is taken back.</summary>
    public void TakeBack()
    {
        if (granted.File is ulong file)
            tree.Release(context, granted.OpenNode, file);
        if (granted.Directory is ulong directory)
            tree.ReleaseDirectory(context, granted.OpenNode, directory);
        if (granted.LookedUp.Value != 0)
            tree.Forget(context, granted.LookedUp, 1);
        granted = default;
    }

    public void Dispose() => context.Dispose();

    private Disposition Finished(in FuseInHeader header, int received, Disposition disposition)
    {
        if (malformed)
            log.Malformed(header, received);
        return disposition;
    }

    /// <summary>Less than a header can't even be answered; a header with wrong lengths can.</summary>
    private Disposition ServeUnreadable(in FuseInHeader header, int received)
    {
        log.Malformed(header, received);
        if (header.Unique == 0 || header.Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget)
            return Disposition.NoAnswer;
        reply.Finish(header.Unique, Errno.EINVAL);
        return Disposition.Answer;
    }

    private FsError Route(ref RequestReader request)
    {
        // READ and WRITE first: they are nearly all there is.
        FuseOpcode opcode = request.Header.Opcode;
        if (opcode == FuseOpcode.Read)
            return Read(ref request);
        if (opcode == FuseOpcode.Write)
            return Write(ref request);
        if (!mayWait && WaitsForTheDisk(opcode))
            return FsError.MustWait;
        return opcode switch
        {
            FuseOpcode.Init => Init(ref request),
            FuseOpcode.Lookup => Lookup(ref request),
            FuseOpcode.Getattr => GetAttributes(ref request),
            FuseOpcode.Statx => GetExtendedStatus(ref request),
            FuseOpcode.Setattr => SetAttributes(ref request),
            FuseOpcode.Readlink => ReadLink(ref request),
            FuseOpcode.Symlink => MakeSymlink(ref request),
            FuseOpcode.Mknod => MakeNode(ref request),
            FuseOpcode.Mkdir => MakeDirectory(ref request),
            FuseOpcode.Unlink => Unlink(ref request),
            FuseOpcode.Rmdir => RemoveDirectory(ref request),
            FuseOpcode.Rename or FuseOpcode.Rename2 => Rename(ref request),
            FuseOpcode.Link => Link(ref request),
            FuseOpcode.Open => Open(ref request),
            FuseOpcode.Create => Create(ref request),
            FuseOpcode.Tmpfile => CreateUnnamed(ref request),
            FuseOpcode.Flush => Flush(ref request),
            FuseOpcode.Release => Release(ref request),
            FuseOpcode.Fsync => Sync(ref request),
            FuseOpcode.Fallocate => Allocate(ref request),
            FuseOpcode.Lseek => Seek(ref request),
            FuseOpcode.CopyFileRange or FuseOpcode.CopyFileRange64 => CopyRange(ref request),
            FuseOpcode.Opendir => OpenDirectory(ref request),
            FuseOpcode.Readdir => ReadDirectory(ref request, plus: false),
            FuseOpcode.Readdirplus => ReadDirectory(ref request, plus: true),
            FuseOpcode.Releasedir => ReleaseDirectory(ref request),
            FuseOpcode.Fsyncdir => SyncDirectory(ref request),
            FuseOpcode.Statfs => Statistics(ref request),
            FuseOpcode.Syncfs => SyncAll(ref request),
            FuseOpcode.Getxattr => GetExtendedAttribute(ref request),
            FuseOpcode.Listxattr => ListExtendedAttributes(ref request),
            FuseOpcode.Setxattr => SetExtendedAttribute(ref request),
            FuseOpcode.Removexattr => RemoveExtendedAttribute(ref request),
            FuseOpcode.Ioctl => Control(ref request),
            FuseOpcode.Destroy => FsError.None,
            // ENOSYS also turns these off for good, as it should: ACCESS (default_permissions is on), INTERRUPT (an operation is
            // never abandoned half done), POLL (files are always ready), BMAP, and what was not negotiated.
            _ => FsError.NotImplemented,
        };
    }

    private static bool WaitsForTheDisk(FuseOpcode opcode) => opcode is FuseOpcode.Fsync or FuseOpcode.Fsyncdir or FuseOpcode.Syncfs;

    private FsError Malformed()
    {
        malformed = true;
        return FsError.InvalidArgument;
    }

    private FsError Special(int errno)
    {
        specialErrno = errno;
        return FsError.Io;
    }

    /// <summary>What an answer gives to the kernel, which it has to give back one day.</summary>
    private struct Grant
    {
        public NodeId LookedUp;
        public NodeId OpenNode;
        public ulong? File;
        public ulong? Directory;
    }
}
