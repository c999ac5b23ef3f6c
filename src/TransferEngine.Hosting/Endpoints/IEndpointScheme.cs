using TransferEngine.Images;

namespace TransferEngine.Hosting;

/// <summary>A kind of endpoint, known by what stands before the first colon of its address.</summary>
public interface IEndpointScheme
{
    /// <summary>For example <c>docker</c>; lower case, without the colon.</summary>
    string Scheme { get; }

    /// <summary>How an address is written, for messages and help: <c>docker://host[:port][/prefix]</c>.</summary>
    string Form { get; }
}

/// <summary>A kind of endpoint that images can be taken from. Register more of them as services to add schemes.</summary>
public interface ISourceScheme : IEndpointScheme
{
    /// <param name="rest">The address without scheme and colon.</param>
    /// <param name="settings">How to speak to it.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>, or the source can't be used.</exception>
    IImageSource OpenSource(string rest, EndpointSettings settings);
}

/// <summary>A kind of endpoint that images can be put into. Register more of them as services to add schemes.</summary>
public interface ITargetScheme : IEndpointScheme
{
    /// <param name="rest">The address without scheme and colon.</param>
    /// <param name="settings">How to speak to it.</param>
    /// <exception cref="TransferException"><see cref="ErrorCode.EndpointInvalid"/>: the address can't be understood.</exception>
    IImageTarget OpenTarget(string rest, EndpointSettings settings);
}
