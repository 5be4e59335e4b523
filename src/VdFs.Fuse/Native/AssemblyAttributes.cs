using System.Runtime.CompilerServices;

// Arguments of system calls are blittable throughout: nothing may be marshalled behind our back.
[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("VdFs.Fuse.Tests")]
[assembly: InternalsVisibleTo("VdFs.BareServer")]
