using System.IO;
using System.Net.Sockets;
using VdFs.Fuse.Native;
using VdFs.Fuse.Supervision;

namespace VdFs.Fuse.Tests.Supervision;

/// <summary>What a service manager is told, as sd_notify(3) has it.</summary>
public sealed class ServiceManagerTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("vdfs-notify-").FullName;
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    private string At => Path.Combine(folder, "notify");

    public void Dispose()
    {
        listener.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("relative/path")]
    public void An_address_that_is_none_is_no_manager(string path) => Assert.Null(ServiceManager.At(path));

    [Fact]
    public void A_manager_that_does_not_listen_takes_nothing_and_nobody_waits_for_it()
    {
        using ServiceManager manager = ServiceManager.At(At)!;
        Assert.False(manager.Tell("READY=1"));
        Assert.False(manager.Store("device", 0));
        Assert.False(manager.WaitUntilTaken(Long));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Descriptors_go_into_the_store_by_name_and_are_kept_whatever_poll_says(bool isAbstract)
    {
        string address = isAbstract ? $"@vdfs-test-{Guid.NewGuid():N}" : At;
        listener.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + address[1..] : address));
        using ServiceManager manager = ServiceManager.At(address)!;
        Assert.True(manager.Tell("READY=1\nSTATUS=serving"));
        Assert.Equal("READY=1\nSTATUS=serving", Receive(out int none));
        Assert.Equal(-1, none);
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "content");
        using (FileStream open = File.OpenRead(file))
            Assert.True(manager.Store("file-2a", (int)open.SafeFileHandle.DangerousGetHandle()));
        Assert.Equal("FDSTORE=1\nFDNAME=file-2a\nFDPOLL=0", Receive(out int descriptor));
        using (var stored = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read))
        using (var reader = new StreamReader(stored))
            Assert.Equal("content", reader.ReadToEnd());
        manager.Remove("file-2a");
        Assert.Equal("FDSTOREREMOVE=1\nFDNAME=file-2a", Receive(out _));
    }

    [Fact]
    public async Task It_is_known_when_the_manager_has_taken_everything()
    {
        listener.Bind(new UnixDomainSocketEndPoint(At));
        using ServiceManager manager = ServiceManager.At(At)!;
        Assert.False(manager.WaitUntilTaken(Short));
        Assert.Equal("BARRIER=1", Receive(out int first));
        ProcessCalls.Close(first);
        manager.Tell("READY=1");
        var taking = Task.Run(() => manager.WaitUntilTaken(Long));
        Assert.Equal("READY=1", Receive(out _));
        Assert.Equal("BARRIER=1", Receive(out int second));
        Assert.False(taking.IsCompleted);
        ProcessCalls.Close(second);
        Assert.True(await taking);
    }

    private string Receive(out int descriptor)
    {
        Assert.Equal(DescriptorSocketResult.Message, DescriptorSocket.Receive((int)listener.Handle, wait: true, out string text, out descriptor));
        return text;
    }
}
