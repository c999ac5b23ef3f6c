using System.Globalization;
using TransferEngine.Perf.Trees;

const string Usage = """
    perf-trees many TREE IMAGES        write a tree of many small images with shared layers
    perf-trees large TREE              write a tree of 40 images with layers of 100 to 300 MB
    perf-trees list TREE FILE          write the ready list of requests for perf/Load/floor, print its counts
    perf-trees link TREE FOLDER COUNT  hard-link a sample of whole repositories as folders for skopeo sync
    perf-trees verify TREE TARGET      is every image of TREE whole in the storage folder of a registry?
    perf-trees verify TREE TARGET COUNT    the same for that sample
    """;

switch (args)
{
    case ["many", var tree, var images]:
        new ManyImages(new TreeWriter(tree)).Write(Count(images));
        return 0;
    case ["large", var tree]:
        new LargeLayers(new TreeWriter(tree)).Write();
        return 0;
    case ["list", var tree, var file]:
        using (var output = new StreamWriter(file))
            Console.WriteLine(ReadyList.Write(new TreeReader(tree), output));
        return 0;
    case ["link", var tree, var folder, var count]:
        var reader = new TreeReader(tree);
        Console.WriteLine(ImageFolders.Link(reader, folder, reader.Sample(Count(count))));
        return 0;
    case ["verify", var tree, var target, .. var count] when count.Length <= 1:
        var source = new TreeReader(tree);
        var differences = Verification.Differences(
            count is [var sample] ? source.Sample(Count(sample)) : source.ReadImages(), new TreePaths(target)).Take(10).ToArray();
        foreach (var difference in differences)
            Console.Error.WriteLine(difference);
        return differences.Length == 0 ? 0 : 1;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

static int Count(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
