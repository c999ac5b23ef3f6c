using System.Text.Json;
using System.Text.Json.Serialization;
using TransferEngine.Images;

namespace TransferEngine;

/// <summary>A <see cref="JobDefinition"/> as JSON, with the keys of its properties in camel case. The same in a journal and on the wire.</summary>
public static partial class JobDefinitionJson
{
    public static string Serialize(JobDefinition job) => JsonSerializer.Serialize(job, DefinitionContext.Default.JobDefinition);

    /// <exception cref="TransferException"><see cref="ErrorCode.ConfigurationInvalid"/>: the text is no definition that this version understands.</exception>
    public static JobDefinition Deserialize(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DefinitionContext.Default.JobDefinition) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new TransferException(
                new TransferError(ErrorCode.ConfigurationInvalid, $"The job's definition can't be understood: {Printable.Of(e.Message)}") { Scope = ErrorScope.Endpoint }, e);
        }
    }

    // What this version does not know may narrow the job: to leave it out would move what nobody asked for.
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, UseStringEnumConverter = true, RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(JobDefinition))]
    private sealed partial class DefinitionContext : JsonSerializerContext;
}
