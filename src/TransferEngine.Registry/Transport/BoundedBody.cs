namespace TransferEngine.Registry;

/// <summary>Reads an answer's body into memory, up to a bound: what stands in it, and how long it says it is, are anybody's word.</summary>
internal static class BoundedBody
{
    /// <summary>As much as is looked at of an error.</summary>
    public const int MaxError = 64 * 1024;

    // More is made as it comes, so that nobody makes us reserve what he then does not send.
    private const int FirstPiece = 64 * 1024;

    /// <summary>The body, cut off at the bound.</summary>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, int max, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var stated = response.Content.Headers.ContentLength;
        var buffer = new byte[Math.Min(Math.Min(max, FirstPiece), stated ?? FirstPiece)];
        var length = 0;
        while (true)
        {
            length += await body.ReadAtLeastAsync(buffer.AsMemory(length), buffer.Length - length, throwOnEndOfStream: false, cancellationToken);
            if (length < buffer.Length || length == max || length == stated)
                return length == buffer.Length ? buffer : buffer[..length];
            Array.Resize(ref buffer, (int)Math.Min(Math.Min(max, stated ?? long.MaxValue), 2L * buffer.Length));
        }
    }

    /// <summary>Puts what was read in the body's place, to be read again.</summary>
    public static void Hold(HttpResponseMessage response, byte[] body)
    {
        using var rest = response.Content;
        response.Content = new ByteArrayContent(body);
        foreach (var (name, values) in rest.Headers.Where(header => header.Key != "Content-Length"))
            response.Content.Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>An error's body, as far as it comes: where nothing does, the status alone must do.</summary>
    public static async Task<byte[]> ReadErrorAsync(HttpResponseMessage response, CancellationToken idle)
    {
        try
        {
            return await ReadAsync(response, MaxError, idle);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return [];
        }
    }
}
