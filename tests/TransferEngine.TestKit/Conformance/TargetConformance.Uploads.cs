using TransferEngine.Images;
using Xunit;

namespace TransferEngine.TestKit.Conformance;

public abstract partial class TargetConformance
{
    [Fact]
    public Task Content_with_another_digest_is_refused_and_nothing_of_it_is_kept() =>
        IsRefusedAsync(Layer(One), [.. LayerBytes(One)[..^1], (byte)(LayerBytes(One)[^1] ^ 1)]);

    [Fact]
    public Task Content_of_something_else_is_refused_and_nothing_of_it_is_kept() =>
        IsRefusedAsync(Layer(One) with { Size = LayerBytes(Two).Length }, LayerBytes(Two));

    [Fact]
    public Task Content_that_ends_too_early_is_refused_and_nothing_of_it_is_kept() => IsRefusedAsync(Layer(One), LayerBytes(One)[..^9]);

    [Fact]
    public Task Content_without_a_byte_is_refused_where_there_should_be_some() => IsRefusedAsync(Layer(One), []);

    [Fact]
    public Task Content_that_is_shorter_than_is_said_is_refused_though_its_digest_is_right() =>
        IsRefusedAsync(Layer(One) with { Size = LayerBytes(One).Length + 5 }, LayerBytes(One));

    [Fact]
    public Task Content_that_is_longer_than_is_said_is_refused_though_its_digest_is_right() =>
        IsRefusedAsync(Layer(One) with { Size = LayerBytes(One).Length - 5 }, LayerBytes(One));

    [Fact]
    public async Task Content_that_goes_on_behind_its_end_is_refused_and_no_byte_of_that_is_kept()
    {
        var reader = ObservedReader.Of([.. LayerBytes(One), 1, 2, 3]);
        var session = await Target.StartUploadAsync(App, default);
        var error = await RefusedAsync(() => Target.PutBlobAsync(session, Layer(One), reader, default).WaitAsync(Patience));
        IsOfContent(error);
        Assert.True(reader.IsCompleted);
        // The blob itself may have been complete before anybody could know.
        Assert.Contains(await HeadAsync(App, Layer(One).Digest), new long?[] { null, LayerBytes(One).Length });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_exception_that_content_ends_with_is_thrown_on_and_nothing_is_kept(bool isFileTrouble)
    {
        Exception end = isFileTrouble ? new IOException("the source's disk") : new TransferException(new TransferError(ErrorCode.SourceUnreadable, "the source went away") { Scope = ErrorScope.Blob });
        var reader = ObservedReader.Broken(LayerBytes(One)[..^9], end);
        var session = await Target.StartUploadAsync(App, default);
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => Target.PutBlobAsync(session, Layer(One), reader, default).WaitAsync(Patience));
        Assert.Contains(end, Chain(thrown));
        Assert.True(thrown is not TransferException || end is TransferException, $"the source's trouble is told as the target's: {thrown}");
        Assert.True(reader.IsCompleted);
        await HoldsNothingAndTakesItNowAsync();
    }

    [Fact]
    public async Task A_cancelled_upload_keeps_nothing()
    {
        using var stop = new CancellationTokenSource();
        var reader = ObservedReader.Stalled(LayerBytes(One)[..^9]);
        var put = Target.PutBlobAsync(await Target.StartUploadAsync(App, default), Layer(One), reader, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put.WaitAsync(Patience));
        Assert.True(reader.IsCompleted);
        await HoldsNothingAndTakesItNowAsync();
    }

    [Fact]
    public async Task A_broken_upload_goes_on_where_the_target_says_or_anew()
    {
        var content = LayerBytes(One);
        var end = new TransferException(new TransferError(ErrorCode.SourceUnreadable, "the source went away") { IsTransient = true });
        var session = await Target.StartUploadAsync(App, default);
        await Assert.ThrowsAnyAsync<Exception>(() => Target.PutBlobAsync(session, Layer(One), ObservedReader.Broken(content[..^9], end), default));
        var found = await Target.FindUploadAsync(session, default) ?? await Target.StartUploadAsync(App, default);
        Assert.InRange(found.Offset, 0, content.Length - 9);
        await Target.PutBlobAsync(found, Layer(One), ObservedReader.Of(content[(int)found.Offset..]), default);
        Assert.Equal(content.Length, await HeadAsync(App, Layer(One).Digest));
    }

    [Fact]
    public async Task A_session_that_is_over_or_never_was_is_not_found()
    {
        var finished = await Target.StartUploadAsync(App, default);
        await Target.PutBlobAsync(finished, Layer(One), ObservedReader.Of(LayerBytes(One)), default);
        Assert.Null(await Target.FindUploadAsync(finished, default));

        var cancelled = await Target.StartUploadAsync(App, default);
        await Target.CancelUploadAsync(cancelled, default);
        Assert.Null(await Target.FindUploadAsync(cancelled, default));
        Assert.Null(await Target.FindUploadAsync(NeverOpened(finished), default));
    }

    [Fact]
    public async Task To_cancel_a_session_never_fails()
    {
        var session = await Target.StartUploadAsync(App, default);
        await Target.CancelUploadAsync(session, default);
        await Target.CancelUploadAsync(session, default);
        await Target.CancelUploadAsync(NeverOpened(session), default);
        var finished = await Target.StartUploadAsync(App, default);
        await Target.PutBlobAsync(finished, Layer(One), ObservedReader.Of(LayerBytes(One)), default);
        await Target.CancelUploadAsync(finished, default);
        Assert.Equal(LayerBytes(One).Length, await HeadAsync(App, Layer(One).Digest));
    }

    /// <summary>A session's name as the target might have made it, but did not.</summary>
    private static UploadSession NeverOpened(UploadSession like) =>
        like with { Location = new Uri(AnyGuid().Replace(like.Location.OriginalString, found => Guid.NewGuid().ToString(found.Value.Contains('-', StringComparison.Ordinal) ? "D" : "N"))) };

    private async Task IsRefusedAsync(Descriptor stated, byte[] content)
    {
        var reader = ObservedReader.Of(content);
        var session = await Target.StartUploadAsync(App, default);
        IsOfContent(await RefusedAsync(() => Target.PutBlobAsync(session, stated, reader, default).WaitAsync(Patience)));
        Assert.True(reader.IsCompleted);
        await HoldsNothingAndTakesItNowAsync();
    }

    private static void IsOfContent(TransferError error)
    {
        Assert.True(error.Code is ErrorCode.BlobDigestMismatch or ErrorCode.BlobSizeMismatch, error.ToString());
        Assert.Equal(ErrorScope.Blob, error.Scope);
    }

    private async Task HoldsNothingAndTakesItNowAsync()
    {
        Assert.Null(await HeadAsync(App, Layer(One).Digest));
        await PutImageAsync(App, V1, One);
        await HasTagAsync(App, V1, One.Digest);
    }

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            yield return exception;
    }

    [System.Text.RegularExpressions.GeneratedRegex("[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")]
    private static partial System.Text.RegularExpressions.Regex AnyGuid();
}
