namespace TransferEngine.Images;

/// <summary>Who may pull from a project of Harbor that is created.</summary>
public enum HarborVisibility
{
    /// <summary>Its members.</summary>
    Private,

    /// <summary>Everybody.</summary>
    Public,
}
