using System.IO.Pipelines;
using System.Text;
using TransferEngine.Images;
using TransferEngine.Registry.Tests.Fakes;

namespace TransferEngine.Registry.Tests;

public sealed class UploadTests : IAsyncLifetime
{
    private static readonly RepositoryName App = RepositoryName.Parse("team/app");
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("content of a layer");
    private static readonly Descriptor Blob = new(MediaType.OciLayerGzip, Digest.OfSha256(Content), Content.Length);

    private ScriptedRegistry _registry = null!;
    private RegistryTarget _target = null!;

    public async Task InitializeAsync()
    {
        _registry = await ScriptedRegistry.StartAsync();
        _target = await _registry.ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        await _target.DisposeAsync();
        await _registry.DisposeAsync();
    }

    [Theory]
    [InlineData("/upload/1?_state=a%2Db%3D", "/upload/1?_state=a%2Db%3D&digest=")]
    [InlineData("/upload/1", "/upload/1?digest=")]
    [InlineData("http://HOST/upload/1?_state=%E2%82%AC+x", "/upload/1?_state=%E2%82%AC+x&digest=")]
    public async Task The_location_is_kept_to_the_letter_and_the_digest_is_added(string location, string expected)
    {
        Script(start: ("Location", location.Replace("HOST", _registry.Host, StringComparison.Ordinal)), put: http => ScriptedRegistry.StatusAsync(http, 201));
        await PutAsync(await _target.StartUploadAsync(App, CancellationToken.None));

        var put = _registry.Requests.Last();
        Assert.Equal(expected + Blob.Digest, put.Target);
        Assert.Equal(Content, put.Body);
        Assert.Equal("application/octet-stream", put.ContentType);
    }

    [Fact]
    public async Task An_empty_blob_is_sent_with_its_length()
    {
        Script(start: ("Location", "/upload/1"), put: http => ScriptedRegistry.StatusAsync(http, http.Request.ContentLength == 0 ? 201 : 411));
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        await _target.PutBlobAsync(await _target.StartUploadAsync(App, CancellationToken.None), new Descriptor("x", Digest.OfSha256([]), 0), pipe.Reader, CancellationToken.None);
    }

    [Fact]
    public async Task A_session_without_a_location_is_a_violation()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 202);
        Assert.Equal(ErrorCode.ProtocolViolation, (await FailureAsync(() => _target.StartUploadAsync(App, CancellationToken.None))).Code);
    }

    [Fact]
    public async Task A_streamed_upload_is_not_tried_again_and_says_what_the_registry_said()
    {
        Script(start: ("Location", "/upload/1"), put: http => ScriptedRegistry.ErrorAsync(http, 500, "UNKNOWN", "disk on fire"));
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        var error = await FailureAsync(() => PutAsync(session));

        Assert.Equal((ErrorCode.ServerError, true), (error.Code, error.IsTransient));
        Assert.Contains("disk on fire", error.Message, StringComparison.Ordinal);
        Assert.Single(_registry.Requests, request => request.Method == "PUT");
    }

    [Fact]
    public async Task Content_that_ends_before_its_length_has_a_wrong_size_and_is_no_trouble_of_the_line()
    {
        Script(start: ("Location", "/upload/1"), put: http => ScriptedRegistry.StatusAsync(http, 201));
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Content.AsMemory(1));
        await pipe.Writer.CompleteAsync();
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        var error = (await Assert.ThrowsAsync<TransferException>(() => _target.PutBlobAsync(session, Blob, pipe.Reader, CancellationToken.None))).Error;
        Assert.Equal((ErrorCode.BlobSizeMismatch, ErrorScope.Blob), (error.Code, error.Scope));
    }

    [Fact]
    public async Task What_the_source_says_is_wrong_is_what_the_upload_fails_with()
    {
        Script(start: ("Location", "/upload/1"), put: http => ScriptedRegistry.StatusAsync(http, 201));
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Content.AsMemory(0, 5));
        await pipe.Writer.CompleteAsync(new TransferException(new TransferError(ErrorCode.BlobSizeMismatch, "too short")));
        var error = await FailureAsync(() => _target.PutBlobAsync(session, Blob, pipe.Reader, CancellationToken.None));
        Assert.Equal(ErrorCode.BlobSizeMismatch, error.Code);
    }

    [Theory]
    [InlineData(400, "DIGEST_INVALID", ErrorCode.BlobDigestMismatch, ErrorScope.Blob, false)]
    [InlineData(403, "DENIED", ErrorCode.Denied, ErrorScope.Repository, false)]
    [InlineData(401, "UNAUTHORIZED", ErrorCode.Unauthorized, ErrorScope.Repository, false)]
    [InlineData(404, "BLOB_UPLOAD_UNKNOWN", ErrorCode.UploadSessionLost, ErrorScope.Blob, true)]
    [InlineData(429, "TOOMANYREQUESTS", ErrorCode.TooManyRequests, ErrorScope.Blob, true)]
    [InlineData(503, "", ErrorCode.ServerError, ErrorScope.Blob, true)]
    [InlineData(507, "", ErrorCode.TargetFull, ErrorScope.Endpoint, false)]
    [InlineData(418, "", ErrorCode.TargetRejected, ErrorScope.Blob, false)]
    public async Task Refusals_have_a_stable_code(int status, string said, string code, ErrorScope scope, bool isTransient)
    {
        Script(start: ("Location", "/upload/1"), put: http => ScriptedRegistry.ErrorAsync(http, status, said));
        var session = await _target.StartUploadAsync(App, CancellationToken.None);
        var error = await FailureAsync(() => PutAsync(session));
        Assert.Equal((code, scope, isTransient), (error.Code, error.Scope, error.IsTransient));
        Assert.Equal(App, error.Repository);
        Assert.Equal(Blob.Digest, error.Digest);
    }

    [Theory]
    [InlineData("0-9", 10L)]
    [InlineData("bytes=0-9", 10L)]
    public async Task A_broken_upload_goes_on_where_the_registry_stands(string range, long offset)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 204, "", ("Range", range), ("Location", "/upload/1?_state=new"));
        var found = await _target.FindUploadAsync(Session("/upload/1?_state=old"), CancellationToken.None);
        Assert.Equal(offset, found!.Offset);
        Assert.EndsWith("_state=new", found.Location.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rest_of_a_blob_is_sent_with_the_length_of_the_rest()
    {
        Script(start: ("Location", "/upload/1"), put: http => ScriptedRegistry.StatusAsync(http, 201));
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Content.AsMemory(10));
        await pipe.Writer.CompleteAsync();
        await _target.PutBlobAsync(Session("/upload/1") with { Offset = 10 }, Blob, pipe.Reader, CancellationToken.None);
        Assert.Equal(Content[10..], _registry.Requests.Last().Body);
    }

    [Fact]
    public async Task A_session_that_holds_more_than_the_blob_has_is_lost()
    {
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync();
        var error = await FailureAsync(() => _target.PutBlobAsync(Session("/upload/1") with { Offset = Blob.Size + 1 }, Blob, pipe.Reader, CancellationToken.None));
        Assert.Equal((ErrorCode.UploadSessionLost, ErrorScope.Blob, true), (error.Code, error.Scope, error.IsTransient));
    }

    [Fact]
    public async Task A_session_that_holds_nothing_or_is_gone_is_not_taken_up()
    {
        _registry.Answer = (request, http) => request.Method == "DELETE" ? ScriptedRegistry.StatusAsync(http, 204)
            : ScriptedRegistry.StatusAsync(http, 204, "", ("Range", "0-0"), ("Location", "/upload/1"));
        Assert.Null(await _target.FindUploadAsync(Session("/upload/1"), CancellationToken.None));
        Assert.Equal("DELETE /upload/1", _registry.Requests.Last().ToString());
        _registry.Answer = (_, http) => ScriptedRegistry.ErrorAsync(http, 404, "BLOB_UPLOAD_INVALID");
        Assert.Null(await _target.FindUploadAsync(Session("/upload/1"), CancellationToken.None));
    }

    [Fact]
    public async Task Cancelling_swallows_what_goes_wrong()
    {
        _registry.Answer = (_, http) =>
        {
            http.Abort();
            return Task.CompletedTask;
        };
        await _target.CancelUploadAsync(Session("/upload/1"), CancellationToken.None);
        Assert.Equal("DELETE /upload/1", _registry.Requests.Last().ToString());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(405)]
    public async Task A_refused_mount_is_no_error(int status)
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, status);
        Assert.Equal(MountResult.Refused, await _target.MountBlobAsync(App, Blob.Digest, RepositoryName.Parse("base"), CancellationToken.None));
    }

    [Fact]
    public async Task A_mount_answered_by_202_hands_over_the_session()
    {
        _registry.Answer = (_, http) => ScriptedRegistry.StatusAsync(http, 202, "", ("Location", "/upload/7"));
        var result = await _target.MountBlobAsync(App, Blob.Digest, RepositoryName.Parse("base/os"), CancellationToken.None);
        Assert.False(result.IsMounted);
        Assert.Equal($"http://{_registry.Host}/upload/7", result.Session!.Location.OriginalString);
        Assert.Equal($"POST /v2/team/app/blobs/uploads/?mount={Blob.Digest}&from=base%2Fos", _registry.Requests.Last().ToString());
    }

    private void Script((string, string) start, Func<Microsoft.AspNetCore.Http.HttpContext, Task> put) =>
        _registry.Answer = (request, http) => request.Method == "POST" ? ScriptedRegistry.StatusAsync(http, 202, "", start) : put(http);

    private UploadSession Session(string path) => new(App, new Uri($"http://{_registry.Host}{path}"), 0);

    private async Task PutAsync(UploadSession session)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Content);
        await pipe.Writer.CompleteAsync();
        await _target.PutBlobAsync(session, Blob, pipe.Reader, CancellationToken.None);
    }

    private static async Task<TransferError> FailureAsync(Func<Task> act) => (await Assert.ThrowsAsync<TransferException>(act)).Error;
}
