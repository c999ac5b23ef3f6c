namespace TransferEngine.TestKit.Programs;

/// <summary>Why no verification follows a migration: every reason that a test may have.</summary>
public enum Unverified
{
    /// <summary>
    /// The test counts the requests that come to an end, or what they met there, and the verification's would be among them. It verifies
    /// by itself where it has something to say afterwards.
    /// </summary>
    RequestsAreCounted,

    /// <summary>A docker daemon keeps no manifests that could be compared: <c>verify</c> refuses it as a target.</summary>
    TargetKeepsNoManifests,
}
