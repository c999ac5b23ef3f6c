using System.Runtime.CompilerServices;

namespace TransferEngine.Hocon;

/// <summary>
/// Puts values in the place of substitutions and merges the definitions of each key, as HOCON's "Substitutions" says:
/// a reference sees the last definition in the whole document, a reference to the own key sees the definitions before it.
/// </summary>
internal sealed class HoconResolver
{
    private readonly ObjectNode _root;
    private readonly Func<string, string?> _environment;
    private readonly HashSet<HoconNode> _underWay = new(ReferenceEqualityComparer.Instance);
    private int _depth;
    private int _work;

    private HoconResolver(ObjectNode root, Func<string, string?> environment)
    {
        _root = root;
        _environment = environment;
    }

    /// <exception cref="HoconException">A substitution has no value, refers to itself, or values that don't go together are concatenated.</exception>
    public static ObjectNode Resolve(ObjectNode root, Func<string, string?> environment) =>
        (ObjectNode)new HoconResolver(root, environment).Evaluate([root])!;

    /// <summary>The value that a key's definitions make, the last one counting most; null if all are optional and absent.</summary>
    private HoconNode? Evaluate(HoconNode[] definitions)
    {
        var layers = new List<ObjectNode>();
        for (var i = definitions.Length - 1; i >= 0; i--)
        {
            var value = definitions[i] is ObjectNode written ? written : EvaluateOne(definitions[i], definitions, i);
            if (value is ObjectNode layer)
                layers.Add(layer);
            else if (value is not null && layers.Count == 0)
                return value;
            else if (value is not null)
                break;
        }
        if (layers.Count == 0)
            return null;
        layers.Reverse();
        return Merge(layers);
    }

    private HoconNode? EvaluateOne(HoconNode node, HoconNode[] definitions, int index)
    {
        switch (node)
        {
            case TextNode or NullNode:
                return node;
            case PreviousNode:
                return Evaluate(definitions[..index]);
            case ObjectNode written:
                return Evaluate([written]);
        }
        if (!TryEnter(node))
            throw node.Position.Error("This value refers to itself.");
        var value = node switch
        {
            ArrayNode array => new ArrayNode(array.Position, [.. Spent(array).Select(item => Evaluate([item])).OfType<HoconNode>()]),
            SubstitutionNode substitution => Substitute(substitution),
            ConcatenationNode concatenation => Concatenate(concatenation, definitions, index),
            _ => throw new InvalidOperationException($"{node.GetType()} is no node of a document."),
        };
        Leave(node);
        return value;
    }

    private ObjectNode Merge(List<ObjectNode> layers)
    {
        var entered = layers.Where(TryEnter).ToArray();
        var merged = new ObjectNode(layers[^1].Position);
        foreach (var key in layers.SelectMany(layer => layer.Keys).Distinct().ToArray())
        {
            if (Evaluate([.. layers.SelectMany(layer => layer[key])]) is { } value)
                merged.Add(key, value);
        }
        foreach (var layer in entered)
            Leave(layer);
        return merged;
    }

    private HoconNode? Substitute(SubstitutionNode substitution)
    {
        var definitions = substitution.IncludedAt.Count > 0 ? Find([.. substitution.IncludedAt, .. substitution.Path]) : [];
        if (definitions.Count == 0)
            definitions = Find(substitution.Path);
        // What is under way can't be waited for: only the definitions before it can be meant.
        var visible = definitions.TakeWhile(definition => !_underWay.Contains(definition)).ToArray();
        if (Evaluate(visible) is { } value)
            return value;
        if (definitions.Count == 0 && _environment(substitution.PathText) is { } variable)
            return new TextNode(substitution.Position, variable, isQuoted: false);
        if (substitution.IsOptional)
            return null;
        throw substitution.Position.Error(definitions.Count == 0
            ? $"${{{substitution.PathText}}} is defined neither here nor in the environment."
            : $"${{{substitution.PathText}}} refers to itself.");
    }

    private HoconNode? Concatenate(ConcatenationNode concatenation, HoconNode[] definitions, int index)
    {
        var values = concatenation.Parts.Select(part => EvaluateOne(part, definitions, index)).OfType<HoconNode>().ToArray();
        var solid = Array.FindAll(values, value => value is not TextNode { IsSpace: true });
        if (solid.Length == 0)
            return null;
        if (Array.TrueForAll(solid, value => value is ObjectNode))
            return Merge([.. solid.Cast<ObjectNode>()]);
        if (Array.TrueForAll(solid, value => value is ArrayNode))
            return new ArrayNode(concatenation.Position, [.. solid.Cast<ArrayNode>().SelectMany(Spent)]);
        if (Array.Exists(solid, value => value is ObjectNode or ArrayNode))
            throw concatenation.Position.Error("Texts, arrays and objects can't be put together into one value.");
        var texts = Array.ConvertAll(values, value => value as TextNode ?? new TextNode(value.Position, "null", isQuoted: false));
        Spend(concatenation, texts.Sum(text => text.Text.Length));
        return HoconText.Join(concatenation.Position, texts);
    }

    private IReadOnlyList<HoconNode> Spent(ArrayNode array)
    {
        Spend(array, array.Items.Count);
        return array.Items;
    }

    /// <summary>All definitions of what a path names; empty if there are none.</summary>
    private IReadOnlyList<HoconNode> Find(IReadOnlyList<HoconKey> path)
    {
        IReadOnlyList<HoconNode> definitions = [_root];
        foreach (var key in path)
            definitions = Child(definitions, key);
        return definitions;
    }

    private List<HoconNode> Child(IReadOnlyList<HoconNode> definitions, HoconKey key)
    {
        var found = new List<HoconNode>();
        foreach (var definition in definitions)
        {
            if (definition is ObjectNode written)
                found.AddRange(written[key]);
            else if (definition is TextNode { IsSpace: false } or NullNode or ArrayNode)
                found.Clear();
            else if (!TryEnter(definition))
                break;
            else
            {
                found.AddRange(ChildOfReference(definition, key));
                Leave(definition);
            }
        }
        return found;
    }

    private List<HoconNode> ChildOfReference(HoconNode node, HoconKey key) => node switch
    {
        SubstitutionNode substitution => Child(Find(substitution.Path), key),
        ConcatenationNode concatenation => Child(concatenation.Parts, key),
        _ => [],
    };

    private bool TryEnter(HoconNode node)
    {
        Spend(node, 1);
        if (!_underWay.Add(node))
            return false;
        if (++_depth > HoconLimits.ResolutionDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw node.Position.Error("References are nested too deeply here.");
        return true;
    }

    private void Leave(HoconNode node)
    {
        _underWay.Remove(node);
        _depth--;
    }

    private void Spend(HoconNode node, int work)
    {
        if ((_work += work) > HoconLimits.ResolutionWork)
            throw node.Position.Error("The document's references make it grow too large.");
    }
}
