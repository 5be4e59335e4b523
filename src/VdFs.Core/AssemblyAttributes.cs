using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("VdFs.Core.Tests")]
[assembly: InternalsVisibleTo("VdFs.TestKit")]
