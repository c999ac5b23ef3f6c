namespace TransferEngine.TestKit.Harbor;

/// <summary>Whose ways the double has, where they differ.</summary>
public enum HarborVersion
{
    /// <summary>As v2.9.5.</summary>
    V29,

    /// <summary>As v2.15.2.</summary>
    V215,
}

/// <summary>What a <see cref="HarborDouble"/> is started with.</summary>
public sealed record HarborDoubleOptions
{
    public HarborVersion Version { get; init; } = HarborVersion.V215;

    /// <summary>The system administrator <c>admin</c> has this password.</summary>
    public string AdminPassword { get; init; } = "Harbor12345";

    /// <summary>The restriction <c>adminonly</c>: nobody else creates projects.</summary>
    public bool OnlyAdminsCreateProjects { get; init; }

    /// <summary>How long a token is good, in seconds.</summary>
    public int TokenSeconds { get; init; } = 1800;

    /// <summary>By which tokens expire and locked accounts are let in again.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
