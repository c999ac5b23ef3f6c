using System.Runtime.Versioning;

// The real things that these tests run against are Debian's packages.
[assembly: SupportedOSPlatform("linux")]
