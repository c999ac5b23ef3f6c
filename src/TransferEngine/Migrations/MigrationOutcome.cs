using TransferEngine.Images;

namespace TransferEngine.Migrations;

/// <summary>How the supervisor ended.</summary>
internal sealed record MigrationOutcome(bool IsResumed, bool IsInterrupted, TransferError? Fatal);
