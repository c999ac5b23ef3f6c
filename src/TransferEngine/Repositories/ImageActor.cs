using TransferEngine.Images;
using TransferEngine.Migrations;
using static TransferEngine.Repositories.RepositoryProtocol;

namespace TransferEngine.Repositories;

/// <summary>
/// Moves one image under all its tags: asks the target (1), reads the manifests (2), has the blobs put in place (3), pushes
/// the manifests, children first and tags last (4), and says what became of it (5).
/// </summary>
internal sealed class ImageActor : UntypedActor
{
    private sealed record Checked(IReadOnlySet<SourceImage> Present);

    private sealed record Pushed(IReadOnlyList<Digest> Stored, IReadOnlyList<(SourceImage Image, TransferError? Error)> Images, TransferError? Error);

    private readonly ImageJob _job;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<SourceImage, ImageResult> _results = [];
    private ManifestTree? _tree;
    private bool _isRepaired;

    public ImageActor(ImageJob job) => _job = job;

    private MigrationContext Run => _job.Context;

    private List<SourceImage> Open => [.. _job.Group.Images.Where(image => !_results.ContainsKey(image))];

    protected override void PreStart()
    {
        if (_job.ToCheck.Count == 0)
            ReadManifests();
        else
            AskTarget();
    }

    protected override void PostStop() => _stop.Cancel();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Checked found:
                OnChecked(found.Present);
                break;
            case ManifestTree tree:
                OnManifests(tree);
                break;
            case NeedsMet { Error: null }:
                PushManifests();
                break;
            case NeedsMet failed:
                Fail(failed.Error!);
                break;
            case Pushed pushed:
                OnPushed(pushed);
                break;
            case Status.Failure failure:
                Fail(Failures.ErrorOf(failure.Cause));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // Step 1: one HEAD per image that may be there.
    private void AskTarget()
    {
        var job = _job;
        Run.Work.RunAsync(token => FindPresentAsync(job, token), _stop.Token)
            .PipeTo(Self, success: present => new Checked(present));
    }

    private static async Task<IReadOnlySet<SourceImage>> FindPresentAsync(ImageJob job, CancellationToken cancellationToken)
    {
        var present = new HashSet<SourceImage>();
        foreach (var image in job.ToCheck)
        {
            Reference reference = image.Tag is { } tag ? tag : job.Group.Digest;
            var found = await job.Context.Work.RequestAsync(
                token => job.Context.Target.HeadManifestAsync(job.Target, reference, token), cancellationToken);
            if (found == job.Group.Digest)
                present.Add(image);
        }
        return present;
    }

    private void OnChecked(IReadOnlySet<SourceImage> present)
    {
        foreach (var image in present)
            _results[image] = _job.ResultOf(image, ImageOutcome.AlreadyThere);
        if (Open.Count == 0)
            Finish();
        else
            ReadManifests();
    }

    // Step 2.
    private void ReadManifests()
    {
        var job = _job;
        Run.Work.RunAsync(token => ManifestTree.ReadAsync(job.Context.Job, job.Source, job.Group.Digest, token), _stop.Token)
            .PipeTo(Self);
    }

    // Step 3: where the target has the manifest already, it has its blobs too.
    private void OnManifests(ManifestTree tree)
    {
        _tree = tree;
        if (_job.IsPushed || _results.Count > 0)
            PushManifests();
        else
            Context.Parent.Tell(new ImageNeeds(tree.Blobs(), Recheck: false));
    }

    // Step 4.
    private void PushManifests()
    {
        var (job, tree, images) = (_job, _tree!, Open);
        Run.Work.RunAsync(token => ManifestPush.RunAsync(job, tree, images, token), _stop.Token)
            .PipeTo(Self, success: push => new Pushed(push.Stored, push.Images, push.Error));
    }

    private void OnPushed(Pushed pushed)
    {
        if (pushed.Stored.Count > 0)
            Context.Parent.Tell(new ManifestsStored(pushed.Stored));
        foreach (var (image, error) in pushed.Images)
            _results[image] = _job.ResultOf(image, error is null ? ImageOutcome.Migrated : ImageOutcome.Failed, error);
        if (pushed.Error is { Code: ErrorCode.TargetBlobUnknown } && !_isRepaired)
        {
            // The journal, or a replica of the registry, promised a blob that is not there: look again, put it there, once.
            _isRepaired = true;
            Context.Parent.Tell(new ImageNeeds(_tree!.Blobs(), Recheck: true));
        }
        else if (pushed.Error is { } error)
        {
            Fail(error);
        }
        else
        {
            Finish();
        }
    }

    private void Fail(TransferError error)
    {
        foreach (var image in Open)
            _results[image] = _job.ResultOf(image, ImageOutcome.Failed, error);
        Finish();
    }

    // Step 5.
    private void Finish()
    {
        Context.Parent.Tell(new GroupDone(_job.Group, [.. _job.Group.Images.Select(image => _results[image])]));
        Context.Stop(Self);
    }
}
