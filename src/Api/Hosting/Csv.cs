using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mhim.Api.Hosting;

/// <summary>Tables as answers (<see cref="Features.Files.Csv"/>).</summary>
static class Csv
{
    public static void Line(StringBuilder text, params ReadOnlySpan<string?> fields)
    {
        for (var i = 0; i < fields.Length; i++)
            text.Append(i > 0 ? "," : "").Append(Features.Files.Csv.Word(fields[i] ?? ""));
        text.Append('\n');
    }

    public static FileContentHttpResult File(StringBuilder text, string name) => TypedResults.File(Encoding.UTF8.GetBytes(text.ToString()), "text/csv; charset=utf-8", name);
}
