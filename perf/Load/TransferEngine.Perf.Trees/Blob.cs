namespace TransferEngine.Perf.Trees;

/// <summary>A blob as a manifest names it: <c>sha256:…</c> and its length in bytes.</summary>
internal sealed record Blob(string Digest, long Size);
