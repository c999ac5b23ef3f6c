namespace TransferEngine.Images;

/// <summary>The stable codes of expected failures: found in reports, JSON events and exit decisions.</summary>
public static class ErrorCode
{
    // The source.
    public const string SourceNotFound = "SOURCE_NOT_FOUND";
    public const string SourceOutdated = "SOURCE_OUTDATED";
    public const string SourceUnreadable = "SOURCE_UNREADABLE";
    public const string SourceOutsideRoot = "SOURCE_OUTSIDE_ROOT";
    public const string RepositoryNameInvalid = "REPOSITORY_NAME_INVALID";
    public const string TagInvalid = "TAG_INVALID";
    public const string TagLinkEmpty = "TAG_LINK_EMPTY";
    public const string TagLinkInvalid = "TAG_LINK_INVALID";
    public const string RevisionMissing = "REVISION_MISSING";
    public const string ManifestMissing = "MANIFEST_MISSING";
    public const string ManifestInvalid = "MANIFEST_INVALID";
    public const string ManifestTooLarge = "MANIFEST_TOO_LARGE";
    public const string ManifestDigestMismatch = "MANIFEST_DIGEST_MISMATCH";
    public const string Schema1Unsupported = "SCHEMA1_UNSUPPORTED";
    public const string IndexChildMissing = "INDEX_CHILD_MISSING";
    public const string IndexTooDeep = "INDEX_TOO_DEEP";
    public const string PlatformMissing = "PLATFORM_MISSING";
    public const string BlobMissing = "BLOB_MISSING";
    public const string BlobSizeMismatch = "BLOB_SIZE_MISMATCH";
    public const string BlobDigestMismatch = "BLOB_DIGEST_MISMATCH";

    // A package.
    public const string PackageInvalid = "PACKAGE_INVALID";
    public const string PackageBaseMissing = "PACKAGE_BASE_MISSING";

    // The target.
    public const string HostUnreachable = "HOST_UNREACHABLE";
    public const string TlsFailed = "TLS_FAILED";
    public const string NotARegistry = "NOT_A_REGISTRY";
    public const string Unauthorized = "UNAUTHORIZED";
    public const string Denied = "DENIED";
    public const string TooManyRequests = "TOO_MANY_REQUESTS";
    public const string RequestTimedOut = "REQUEST_TIMED_OUT";
    public const string ServerError = "SERVER_ERROR";
    public const string ProtocolViolation = "PROTOCOL_VIOLATION";
    public const string TargetRejected = "TARGET_REJECTED";
    public const string TargetBlobUnknown = "TARGET_BLOB_UNKNOWN";
    public const string UploadSessionLost = "UPLOAD_SESSION_LOST";
    public const string TargetUnwritable = "TARGET_UNWRITABLE";
    public const string TargetDiffers = "TARGET_DIFFERS";
    public const string TargetReadOnly = "TARGET_READ_ONLY";
    public const string TagImmutable = "TAG_IMMUTABLE";
    public const string TargetFull = "TARGET_FULL";
    public const string BodyTooLarge = "BODY_TOO_LARGE";
    public const string QuotaExceeded = "QUOTA_EXCEEDED";
    public const string ProjectMissing = "PROJECT_MISSING";
    public const string ProjectNotCreated = "PROJECT_NOT_CREATED";
    public const string ProxyProject = "PROXY_PROJECT";

    // The run itself.
    public const string Interrupted = "INTERRUPTED";
    public const string JobBusy = "JOB_BUSY";
    public const string JobDiffers = "JOB_DIFFERS";
    public const string JobUnknown = "JOB_UNKNOWN";
    public const string JournalFailed = "JOURNAL_FAILED";
    public const string EndpointInvalid = "ENDPOINT_INVALID";
    public const string NothingSelected = "NOTHING_SELECTED";
    public const string MappingCollision = "MAPPING_COLLISION";
    public const string CredentialsUnusable = "CREDENTIALS_UNUSABLE";
    public const string ConfigurationInvalid = "CONFIGURATION_INVALID";
    public const string OpenFilesLimit = "OPEN_FILES_LIMIT";
    public const string ListenFailed = "LISTEN_FAILED";
    public const string ReportFailed = "REPORT_FAILED";
    public const string Internal = "INTERNAL";
}
