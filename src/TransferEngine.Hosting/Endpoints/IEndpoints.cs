using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>Opens endpoints by the addresses that users write. The caller disposes what it opened.</summary>
public interface IEndpoints
{
    /// <summary>
    /// Opens <c>registry-tree:PATH</c>, <c>registry-tar:FILE</c>, a plain path that is a tar or in which a storage tree is found, or
    /// <c>docker://host[:port][/prefix]</c> or <c>harbor://host[:port][/project[/prefix]]</c>.
    /// </summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>, or the source can't be used.</exception>
    IImageSource OpenSource(string text, EndpointSettings? settings = null);

    /// <summary>
    /// Opens <c>docker://host[:port][/prefix]</c>, <c>harbor://host[:port][/project[/prefix]]</c>, <c>registry-tree:PATH</c>, or a plain path in
    /// which a storage tree is found. No request is sent and nothing is made yet.
    /// </summary>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: the address can't be understood.</exception>
    IImageTarget OpenTarget(string text, EndpointSettings? settings = null);
}
