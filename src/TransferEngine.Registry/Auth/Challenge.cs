using System.Text;

namespace TransferEngine.Registry;

/// <summary>One challenge of a <c>WWW-Authenticate</c> header: a scheme and its parameters (RFC 9110, section 11.6.1).</summary>
internal sealed record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxLength = 8192;

    public string? this[string name] => Parameters.GetValueOrDefault(name);

    /// <summary>All challenges of all header lines. Text that is no challenge is passed over: servers write odd things.</summary>
    public static IReadOnlyList<Challenge> ParseAll(IEnumerable<string> headers)
    {
        var challenges = new List<Challenge>();
        foreach (var header in headers)
        {
            if (header.Length <= MaxLength)
                new Parser(header, challenges).Run();
        }
        return challenges;
    }

    private ref struct Parser(string text, List<Challenge> challenges)
    {
        private int _at;

        public void Run()
        {
            Dictionary<string, string>? current = null;
            while (true)
            {
                SkipSeparators();
                if (_at >= text.Length)
                    return;
                var token = ReadToken();
                if (token.Length == 0)
                {
                    _at++;
                    continue;
                }
                SkipSpaces();
                if (_at < text.Length && text[_at] == '=' && current is not null)
                {
                    _at++;
                    SkipSpaces();
                    current[token] = _at < text.Length && text[_at] == '"' ? ReadQuoted() : ReadToken();
                }
                else
                {
                    current = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                    challenges.Add(new Challenge(token, current));
                }
            }
        }

        private void SkipSeparators()
        {
            while (_at < text.Length && text[_at] is (' ' or '\t' or ','))
                _at++;
        }

        private void SkipSpaces()
        {
            while (_at < text.Length && text[_at] is (' ' or '\t'))
                _at++;
        }

        private string ReadToken()
        {
            var start = _at;
            while (_at < text.Length && text[_at] is not (' ' or '\t' or ',' or '=' or '"'))
                _at++;
            return text[start.._at];
        }

        private string ReadQuoted()
        {
            var value = new StringBuilder();
            for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            {
                if (text[_at] == '\\' && _at + 1 < text.Length)
                    _at++;
                value.Append(text[_at]);
            }
            _at++;
            return value.ToString();
        }
    }
}
