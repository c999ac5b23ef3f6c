namespace TransferEngine.Registry.Tests.Transport;

public sealed class UserInfoTests
{
    [Theory]
    [InlineData("to proxy 'http://user:s3cret@proxy:3128/' failed", "to proxy 'http://***@proxy:3128/' failed")]
    [InlineData("http://us'er:s@3cret@proxy and https://a@b", "http://***@proxy and https://***@b")]
    [InlineData("http://proxy:3128/ user@host", "http://proxy:3128/ user@host")]
    public void User_and_password_of_a_URL_are_hidden(string text, string shown) => Assert.Equal(shown, UserInfo.Hide(text));
}
