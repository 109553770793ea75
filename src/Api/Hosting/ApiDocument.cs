using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Mhim.Api.Hosting;

/// <summary>Marks what honours If-Match.</summary>
sealed record Guarded;

/// <summary>The OpenAPI document and the page that shows it, all from this origin.</summary>
static class ApiDocument
{
    const string About = """
        Whole-slide images in, slide-level predictions and heatmaps out. Research use only.

        **Errors** are ProblemDetails (RFC 9457) with a stable `code`; where fields are to blame, `errors` has a list of sentences for each.

        **Lists** come in pages: `limit` items at most, `next` is the `after` of the next page, `sort` is a field, with a leading `-` for downwards. The other parameters filter.

        **Creations** may bear an `Idempotency-Key`: sent again with the same key and body within a day, they give the same answer and make nothing; with another body, 422.

        **States**: every JSON answer to a GET bears an `ETag`; `If-None-Match` gives 304 where nothing has changed, `If-Match` on a change gives 412 where something has.

        **Events**: `…/events` tells each change as it happens (`text/event-stream`), whichever process does the work. The last event has the id `end`.

        **Roles**: what reads is for viewers, what writes for researchers, keys and the audit trail for admins.
        """;

    static readonly Dictionary<string, string> Parameters = new()
    {
        ["id"] = "Its id.",
        ["sort"] = "A field to sort by, upwards; with a leading `-` downwards. By default `-createdAt`.",
        ["after"] = "The `next` of the page before, with the same `sort` and filters.",
        ["limit"] = "Items at most, 1 to 200; by default 50.",
        ["state"] = "Only those in this state.",
        ["name"] = "Only the one of exactly this name.",
        ["search"] = "Only those whose name or file name has this in it, whatever its case.",
        ["sha256"] = "Only the one with this content.",
        ["vendor"] = "Only those of this scanner family.",
        ["problemCode"] = "Only those that stand still for this reason.",
        ["kind"] = "Only those of this kind.",
        ["queue"] = "Only those of this queue: tiling or gpu.",
        ["slideId"] = "Only those of this slide.",
        ["modelId"] = "Only those of this model.",
        ["runId"] = "Only those of this run.",
        ["cohortId"] = "Only those of this cohort.",
        ["encoderId"] = "Only those for features of this encoder.",
        ["predictedClass"] = "Only those of this class.",
        ["preset"] = "Only those of this preset.",
        ["task"] = "Only those of this task: classification or survival.",
        ["role"] = "Only those of this role.",
        ["principal"] = "Only what this principal did.",
        ["resource"] = "Only what was done to this path.",
        ["status"] = "Only what was answered with this HTTP status.",
        ["here"] = "True: only slides that the service has; false: only those that it lacks.",
        ["hereOnly"] = "Divide only what the service has ready or at work, as a run with `skipMissing` would.",
        ["folds"] = "Folds, 2 to 20.",
        ["seed"] = "Same seed and cohort, same folds.",
        ["validationShare"] = "Share of the patients outside the test part that validates, 0.05 to 0.5.",
        ["preserveSites"] = "Keep each site whole.",
        ["order"] = "What comes first: priority (the larger of uncertainty and disagreement, what nobody has seen before what somebody has), uncertainty or disagreement.",
        ["seen"] = "True: only what somebody has said their opinion of; false: only the rest.",
        ["agrees"] = "Only those who agree, or only those who do not.",
        ["other"] = "The run that it is compared to.",
        ["rank"] = "From 1, the tile that counted most.",
        ["level"] = "Level of the DeepZoom pyramid.",
        ["tile"] = "Column and row, such as `3_4.jpeg`.",
        ["column"] = "Column of the tile, from 0.",
        ["row"] = "Row of the tile, from 0.",
    };

    public static OpenApiOptions Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(Describe);
        options.AddOperationTransformer(DescribeOperation);
        return options;
    }

    static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancel)
    {
        (document.Info.Title, document.Info.Version, document.Info.Description) = ("MHIM", "v1", About);
        document.Servers = []; // wherever the document was fetched from
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key, or a token of the identity provider." },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] }];
        return Task.CompletedTask;
    }

    static Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancel)
    {
        var json = context.ApplicationServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId = IdOf(context.Description.HttpMethod!, context.Description.RelativePath!);
        operation.Parameters ??= [];
        if (metadata.OfType<Creates>().Any())
            operation.Parameters.Add(Header(Idempotency.Header, "Names this request, 1 to 200 letters: sent again within a day, it makes nothing twice."));
        if (metadata.OfType<Guarded>().Any())
            operation.Parameters.Add(Header("If-Match", "The `ETag` of the GET; 412 if it has changed since."));
        foreach (var asked in context.Description.ParameterDescriptions)
            if (asked.ParameterDescriptor?.ParameterType is { } type && Nullable.GetUnderlyingType(type) is { IsGenericType: true } word && word.GetGenericTypeDefinition() == typeof(Word<>)
                && operation.Parameters.OfType<OpenApiParameter>().FirstOrDefault(p => p.Name == asked.Name) is { } said)
                said.Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Enum = [.. ((IEnumerable<string>)word.GetProperty(nameof(Word<>.All))!.GetValue(null)!).Select(text => (JsonNode)text)],
                };
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
            if (string.IsNullOrEmpty(parameter.Description) && Parameters.TryGetValue(parameter.Name!, out var words))
                parameter.Description = words;
        if (context.Description.ParameterDescriptions.FirstOrDefault(p => p.Source == BindingSource.Body)?.Type is { } body
            && operation.RequestBody?.Content is { } content && ApiExamples.Of(body) is { } example)
            foreach (var media in content.Values)
                media.Example = Node(example, json);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            var answered = status is ['4', ..] ? typeof(Microsoft.AspNetCore.Mvc.ProblemDetails)
                : context.Description.SupportedResponseTypes.FirstOrDefault(r => $"{r.StatusCode}" == status)?.Type;
            if (status is ['2', ..] && answered is not null && ApiExamples.Of(answered) is { } answer)
                foreach (var media in response.Content?.Values ?? [])
                    media.Example = Node(answer, json);
            else if (status == "400" && ApiExamples.Of(answered!) is { } problem)
                foreach (var media in response.Content?.Values ?? [])
                    media.Example = Node(problem, json);
        }
        return Task.CompletedTask;
    }

    static OpenApiParameter Header(string name, string words) =>
        new() { Name = name, In = ParameterLocation.Header, Description = words, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    // Without what is null: an example shows what can be said.
    static JsonNode? Node(object example, JsonSerializerOptions json)
    {
        var node = JsonSerializer.SerializeToNode(example, example.GetType(), json);
        Strip(node);
        return node;

        static void Strip(JsonNode? node)
        {
            if (node is JsonArray list)
                foreach (var item in list)
                    Strip(item);
            if (node is not JsonObject fields)
                return;
            foreach (var (name, value) in fields.ToList())
                if (value is null)
                    fields.Remove(name);
                else
                    Strip(value);
        }
    }

    // GET api/v1/slides/{id}/events: getSlidesByIdEvents
    static string IdOf(string method, string path) => method.ToLowerInvariant() + string.Concat(path.Replace("api/v1/", "").Split(['/', '.', '-', '_'], StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word[0] == '{' ? "By" + Upper(word.Trim('{', '}').Split(':')[0].Trim('{', '}')) : Upper(new string([.. word.Where(char.IsAsciiLetterOrDigit)]))));

    static string Upper(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..];

    public static void Page(ScalarOptions page) => page
        .WithTitle("MHIM API").WithOpenApiRoutePattern("/openapi/v1.json")
        .HideDeveloperTools().DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp();
}
