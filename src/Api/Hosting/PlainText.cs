namespace Mhim.Api.Hosting;

/// <summary>Texts of a query go to the database as parameters, and Postgres knows no text with a zero in it: refused here, on both databases alike.</summary>
static class PlainText
{
    public static async ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        foreach (var (field, values) in context.HttpContext.Request.Query)
            if (values.Any(value => value?.Contains('\0') == true))
                return Problems.Invalid(field.Replace("\0", ""), "A zero byte has no place in a text.");
        return await next(context);
    }
}
