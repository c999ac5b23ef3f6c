using System.Diagnostics;
using TransferEngine.Images;
using TransferEngine.Migrations;
using TransferEngine.Telemetry;
using static TransferEngine.Repositories.RepositoryProtocol;

namespace TransferEngine.Repositories;

/// <summary>
/// Moves one image under all its tags: asks the target for the tags (1), reads the manifests that the journal does not know (2), looks for
/// them at the target where the image seems to be there (3), has their blobs put in place (4), pushes what is missing, children first
/// and tags last (5), and says what became of it (6), until its repository has heard that and stops it.
/// </summary>
internal sealed class ImageActor : UntypedActor
{
    private sealed record TagsChecked(IReadOnlySet<SourceImage> Present);

    private sealed record ManifestsChecked(bool AreThere);

    private sealed record RootChecked(bool IsThere);

    private sealed record Pushed(IReadOnlyList<TreeManifest> Stored, IReadOnlyList<(SourceImage Image, TransferError? Error)> Images, TransferError? Error);

    private readonly ImageJob _job;
    private readonly JobRuntime _runtime;
    private readonly TargetManifests _there;
    private readonly CancellationTokenSource _stop = new();
    private readonly Activity? _activity;
    private readonly Dictionary<SourceImage, ImageResult> _results = [];
    private IReadOnlySet<SourceImage> _present = new HashSet<SourceImage>();
    private ManifestTree? _tree;
    private ImageOutcome _outcomeOfRest;
    private bool _isLacking;
    private bool _isTrusted;
    private bool _isRepaired;
    private long _asked;
    private object? _unanswered;

    public ImageActor(ImageJob job)
    {
        _job = job;
        _runtime = JobRuntimes.Of(Context.System)[job.Job];
        _there = new TargetManifests(_runtime, job);
        _activity = TransferActivity.StartImage(job.Trace, job.Source, job.Group.Digest, job.Group.Images);
    }

    private bool IsTagPresent => _present.Count > 0;

    private bool IsRootKnown => _tree!.Manifests is not [.., var last] || last.Digest != _job.Group.Digest;

    private List<SourceImage> Open => [.. _job.Group.Images.Where(image => !_results.ContainsKey(image))];

    private List<SourceImage> Missing => [.. _job.Group.Images.Where(image => !_present.Contains(image))];

    protected override void PreStart()
    {
        if (_job.ToCheck.Count == 0)
            ReadManifests(_job.Known);
        else
            AskForTags();
    }

    protected override void PostStop()
    {
        _stop.Cancel();
        _activity.End(_runtime.IsEnding ? Outcomes.Interrupted : Outcomes.Failed);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TagsChecked found:
                _present = found.Present;
                ReadManifests(_job.Known);
                break;
            case ManifestTree tree:
                _tree = tree;
                OnManifests();
                break;
            case RootChecked root:
                OnRootChecked(root.IsThere);
                break;
            case ManifestsChecked found:
                _isLacking |= !found.AreThere;
                AskForBlobs(recheck: false);
                break;
            case NeedsMet met:
                OnNeedsMet(met);
                break;
            case SayAgain:
                if (_unanswered is { } unanswered)
                    Context.Parent.Tell(unanswered);
                break;
            case Pushed pushed:
                OnPushed(pushed);
                break;
            case Status.Failure failure:
                Fail(_runtime.ErrorOf(failure.Cause));
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // Step 1: one HEAD per image that may be there.
    private void AskForTags()
    {
        _runtime.Work.RunAsync(_there.FindPresentAsync, _stop.Token, _activity)
            .PipeTo(Self, success: present => new TagsChecked(present));
    }

    // Step 2.
    private void ReadManifests(IReadOnlyDictionary<Digest, IReadOnlyList<Digest>> known) =>
        _runtime.Work.RunAsync(token => ManifestTree.ReadAsync(_runtime.Source, _runtime.Job.Referrers, _job.Source, _job.Group.Digest, known, token), _stop.Token, _activity)
            .PipeTo(Self);

    // Step 3. The journal's word for the image's own manifest holds as long as the target has that; where it does, only what is new is looked at.
    private void OnManifests()
    {
        if (IsRootKnown && !IsTagPresent)
            _runtime.Work.RunAsync(token => _there.HasAsync(_job.Group.Digest, token), _stop.Token, _activity).PipeTo(Self, success: found => new RootChecked(found));
        else
            LookForManifests();
    }

    private void OnRootChecked(bool isThere)
    {
        if (isThere)
            LookForManifests();
        else
            StartOver();
    }

    /// <summary>The target lost what the journal, or a replica of the registry, promised: look for everything, and put it there.</summary>
    private void StartOver()
    {
        _isRepaired = true;
        _isLacking = true;
        _job.Stored.Forget([_job.Group.Digest, .. _job.Known.Keys, .. _tree!.Manifests.Select(manifest => manifest.Digest)]);
        ReadManifests(ManifestTree.Nothing);
    }

    private void LookForManifests()
    {
        var open = _tree!.Manifests.Select(manifest => manifest.Digest).Where(digest => digest != _job.Group.Digest).ToList();
        if (_isLacking || !(IsTagPresent || IsRootKnown) || open.Count == 0)
        {
            AskForBlobs(recheck: _isRepaired);
            return;
        }
        _runtime.Work.RunAsync(token => _there.HasAllAsync(open, token), _stop.Token, _activity).PipeTo(Self, success: all => new ManifestsChecked(all));
    }

    // Step 4.
    private void AskForBlobs(bool recheck) => TellUntilAnswered(new ImageNeeds(++_asked, _tree!.Blobs(), recheck, _activity?.Context ?? _job.Trace));

    // An answer comes twice at times.
    private void OnNeedsMet(NeedsMet met)
    {
        if (_unanswered is not ImageNeeds needs || needs.Id != met.Id)
            return;
        _unanswered = null;
        if (met.Error is { } error)
            Fail(error);
        else
            OnBlobsPlaced(met);
    }

    private void OnBlobsPlaced(NeedsMet met)
    {
        if (met.OtherLengths is { } lengths)
            _runtime.Meter.CountWrongSizes(_tree!.Manifests.Count(manifest => manifest.Blobs.Any(blob => blob.Size >= 0 && lengths.TryGetValue(blob.Digest, out var length) && length != blob.Size)));
        // What was looked for and is there stays as it is; a blob that had to be brought may have to be named anew.
        if ((IsTagPresent || IsRootKnown) && !_isLacking && !met.WereLacking)
            Push([], Missing);
        else
            Push(_tree!.Manifests, IsRootKnown ? Missing : [.. _job.Group.Images]);
    }

    // Step 5.
    private void Push(IReadOnlyList<TreeManifest> manifests, List<SourceImage> images)
    {
        _outcomeOfRest = manifests.Count == 0 ? ImageOutcome.AlreadyThere : ImageOutcome.Migrated;
        if (manifests.Count == 0)
        {
            foreach (var manifest in _tree!.Manifests)
                _job.Stored.Add(manifest.Digest);
            Context.Parent.Tell(new ManifestsStored(_tree.Manifests));
        }
        _isTrusted = IsRootKnown && !_job.Stored.Has(_job.Group.Digest);
        if (manifests.Count == 0 && images.Count == 0)
        {
            OnPushed(new Pushed([], [], null));
            return;
        }
        var tree = _tree!;
        _runtime.Work.RunAsync(async token =>
        {
            var root = images.Count == 0 ? null : tree.Manifests.FirstOrDefault(manifest => manifest.Digest == tree.Root)
                ?? new TreeManifest(await _runtime.Source.ReadManifestAsync(_job.Source, tree.Root, token), isKept: true);
            return await ManifestPush.RunAsync(_runtime, _job, manifests, root, images, token);
        }, _stop.Token, _activity).PipeTo(Self, success: push => new Pushed(push.Stored, push.Images, push.Error));
    }

    private void OnPushed(Pushed pushed)
    {
        if (pushed.Stored.Count > 0)
            Context.Parent.Tell(new ManifestsStored(pushed.Stored));
        foreach (var (image, error) in pushed.Images)
            Report(image, error is null ? ImageOutcome.Migrated : ImageOutcome.Failed, error);
        if (pushed.Error is { Code: ErrorCode.TargetBlobUnknown } && !_isRepaired)
        {
            _results.Clear();
            StartOver();
        }
        else if (pushed.Error is { } error)
        {
            Fail(error);
        }
        else
        {
            foreach (var image in Open)
                Report(image, _outcomeOfRest, null);
            Finish();
        }
    }

    private void Report(SourceImage image, ImageOutcome outcome, TransferError? error) =>
        _results[image] = _job.ResultOf(image, outcome, error) with { IsTrusted = error is null && _isTrusted };

    private void Fail(TransferError error)
    {
        foreach (var image in Open)
            _results[image] = ImageJob.ResultOf(_job.Source, image, error);
        Finish();
    }

    // Step 6.
    private void Finish()
    {
        _activity?.End(_results.Values);
        TellUntilAnswered(new GroupDone(_job.Group, [.. _job.Group.Images.Select(image => _results[image])]));
    }

    private void TellUntilAnswered(object message)
    {
        _unanswered = message;
        Context.Parent.Tell(message);
    }
}
