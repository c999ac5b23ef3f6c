using System.Net;
using FsCheck;
using FsCheck.Fluent;
using TransferEngine.Images;

namespace TransferEngine.Registry.Tests.Lists;

public sealed class NextLinkTests
{
    private static readonly Uri Page = new("https://reg.example:5000/v2/team/app/tags/list?n=2");
    private static readonly RequestSubject Subject = new("the list of tags", "reg.example:5000");

    [Fact]
    public void Whatever_a_link_says_it_leads_below_the_registry_s_own_root_or_is_an_error()
    {
        var pieces = Gen.Elements("<", ">", ";", ",", "=", "\"", " ", "rel", "next", "prev", "/v2/", "/", "..", "//", "@", ":",
            "http://evil.example", "https:", "?last=1", "#x", "%2f", "é", "\\");
        Prop.ForAll(pieces.ListOf().ToArbitrary(), parts =>
        {
            using var response = new HttpResponseMessage(HttpStatusCode.OK);
            response.Headers.TryAddWithoutValidation("Link", string.Concat(parts));
            try
            {
                var next = NextLink.Find(response, Page, Subject);
                return next is null || next.AbsoluteUri.StartsWith("https://reg.example:5000/v2/", StringComparison.Ordinal);
            }
            catch (TransferException e)
            {
                return e.Error.Code == ErrorCode.ProtocolViolation;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Without_a_link_a_page_is_the_last()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        Assert.Null(NextLink.Find(response, Page, Subject));
        response.Headers.TryAddWithoutValidation("Link", "</v2/team/app/tags/list?last=a>; rel=\"prev\"");
        Assert.Null(NextLink.Find(response, Page, Subject));
    }

    [Fact]
    public void Harbor_s_own_lists_go_on_below_their_own_root()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK);
        response.Headers.TryAddWithoutValidation("Link", "</api/v2.0/projects?page=1>; rel=\"prev\" , </api/v2.0/projects?page=3>; rel=\"next\"");
        var next = NextLink.Find(response, new Uri("https://reg.example/api/v2.0/projects?page=2"), Subject);
        Assert.Equal("https://reg.example/api/v2.0/projects?page=3", next!.AbsoluteUri);
    }
}
