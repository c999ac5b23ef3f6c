using TransferEngine.Images;

namespace TransferEngine.Storage.Layouts;

/// <summary>An address as skopeo's users write it, <c>PATH[:NAME]</c>: which colon begins a name in the layout, <see cref="NamedPath"/> says.</summary>
/// <param name="Path">Full path of the folder or archive.</param>
/// <param name="Name">Null for all that is in it.</param>
public sealed record LayoutAddress(string Path, string? Name)
{
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: no path, or nothing behind the colon.</exception>
    public static LayoutAddress Parse(string text)
    {
        var (path, name) = NamedPath.Parse(text);
        return path.Length > 0 && name is not ""
            ? new LayoutAddress(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)), name)
            : throw new TransferException(new TransferError(ErrorCode.EndpointInvalid, "The address of a layout is PATH or PATH:NAME.")
            {
                Scope = ErrorScope.Endpoint,
                Hint = "Write for example oci:/srv/images, or oci:/srv/images:team/app:v1.",
            });
    }

    public override string ToString() => Name is null ? Path : $"{Path}:{Name}";
}
