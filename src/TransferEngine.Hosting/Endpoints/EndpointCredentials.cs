namespace TransferEngine.Hosting;

/// <summary>A user and a password for one endpoint. Its text form hides the password.</summary>
public sealed record EndpointCredentials(string User, string Password)
{
    /// <summary>Reads <c>user:password</c>; the password may hold further colons.</summary>
    /// <exception cref="FormatException">There is no colon, or no user before it. The text is not repeated in the message.</exception>
    public static EndpointCredentials Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? new EndpointCredentials(text[..colon], text[(colon + 1)..])
            : throw new FormatException("Credentials are written as user:password.");
    }

    public override string ToString() => $"{User}:***";
}

/// <summary>A token for one endpoint. Its text form hides it.</summary>
public sealed record EndpointToken(string Value)
{
    public override string ToString() => "***";
}

/// <summary>What a user gave for one endpoint and nobody else is told: not part of any definition. Its text form hides it all.</summary>
public sealed record EndpointSecrets(EndpointCredentials? Credentials = null, EndpointToken? RegistryToken = null)
{
    /// <summary>Credentials are looked for in files.</summary>
    public static EndpointSecrets None { get; } = new();
}
