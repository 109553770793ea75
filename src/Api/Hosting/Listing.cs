using System.Globalization;
using System.Linq.Expressions;
using Mhim.Workers;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Hosting;

/// <summary>A page of a list.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The page.</param>
/// <param name="Next">Give it as <c>after</c>, with the same <c>sort</c> and filters, to get the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Which page of a list.</summary>
readonly record struct PageQuery
{
    /// <summary>A field, upwards; with a leading <c>-</c> downwards.</summary>
    [FromQuery(Name = "sort")]
    public string? Sort { get; init; }

    /// <summary>The <c>next</c> of another page.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; init; }

    /// <summary>Items at most, 1 to 200.</summary>
    [FromQuery(Name = "limit")]
    public int? Limit { get; init; }

    /// <summary>Items that a page has at most.</summary>
    public const int Most = 200;

    const int Usual = 50;

    /// <exception cref="FieldException"><c>request-unreadable</c>.</exception>
    public int Take() => Limit is < 1 or > Most ? throw new FieldException(FieldChecks.Code, "limit", $"'limit' is from 1 to {Most}.") : Limit ?? Usual;
}

/// <summary>Keyset pages of a list that can be sorted: stable however much is added or removed meanwhile, and as fast at the end as at the beginning.</summary>
/// <typeparam name="T">The rows.</typeparam>
/// <param name="id">Decides among equals.</param>
sealed class Listing<T>(Expression<Func<T, Guid>> id)
{
    const string Usual = "-createdAt";
    const int LongestPlace = 4000;

    readonly Func<T, Guid> idOf = id.Compile();
    readonly Dictionary<string, Field> fields = [];

    abstract record Field
    {
        public abstract IOrderedQueryable<T> Order(IQueryable<T> rows, bool down);

        public abstract IQueryable<T> After(IQueryable<T> rows, bool down, string key, Guid last, Expression<Func<T, Guid>> id);

        public abstract string KeyOf(T row);
    }

    sealed record Field<TKey>(Expression<Func<T, TKey>> Key, Func<TKey, string> Write, Func<string, TKey> Read) : Field where TKey : notnull
    {
        readonly Func<T, TKey> keyOf = Key.Compile();

        public override IOrderedQueryable<T> Order(IQueryable<T> rows, bool down) => down ? rows.OrderByDescending(Key) : rows.OrderBy(Key);

        public override string KeyOf(T row) => Write(keyOf(row));

        // key > last || key == last && id > lastId; with the values as parameters of the statement.
        public override IQueryable<T> After(IQueryable<T> rows, bool down, string key, Guid last, Expression<Func<T, Guid>> id)
        {
            var row = Key.Parameters[0];
            var here = new Last<TKey>(Read(key), last);
            var (lastKey, lastId) = (Expression.Property(Expression.Constant(here), nameof(here.Key)), Expression.Property(Expression.Constant(here), nameof(here.Id)));
            var idBody = new Swap(id.Parameters[0], row).Visit(id.Body);
            var beyond = Expression.OrElse(Beyond(Key.Body, lastKey, down), Expression.AndAlso(Expression.Equal(Key.Body, lastKey), Beyond(idBody, lastId, down)));
            return rows.Where(Expression.Lambda<Func<T, bool>>(beyond, row));
        }

        static BinaryExpression Beyond(Expression value, Expression last, bool down)
        {
            if (value.Type == typeof(string))
                (value, last) = (Expression.Call(typeof(string), nameof(string.Compare), null, value, last), Expression.Constant(0));
            return down ? Expression.LessThan(value, last) : Expression.GreaterThan(value, last);
        }
    }

    sealed record Last<TKey>(TKey Key, Guid Id);

    sealed class Swap(Expression from, Expression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }

    public Listing<T> By(string field, Expression<Func<T, DateTime>> key) => Add(field, new Field<DateTime>(key,
        time => time.Ticks.ToString(CultureInfo.InvariantCulture), text => new DateTime(long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture), DateTimeKind.Utc)));

    public Listing<T> By(string field, Expression<Func<T, long>> key) => Add(field, new Field<long>(key,
        number => number.ToString(CultureInfo.InvariantCulture), text => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)));

    public Listing<T> By(string field, Expression<Func<T, string>> key) => Add(field, new Field<string>(key, text => text, text => text));

    Listing<T> Add(string name, Field field)
    {
        fields.Add(name, field);
        return this;
    }

    /// <summary>Reads a page.</summary>
    /// <exception cref="FieldException"><c>request-unreadable</c>: no such field to sort by, no such page.</exception>
    public async Task<(List<T> Rows, string? Next)> ReadAsync(IQueryable<T> rows, PageQuery query, CancellationToken cancel)
    {
        var most = query.Take();
        var sort = string.IsNullOrEmpty(query.Sort) ? Usual : query.Sort;
        var down = sort[0] == '-';
        if (!fields.TryGetValue(sort.TrimStart('-'), out var field) || sort.StartsWith("--", StringComparison.Ordinal))
            throw new FieldException(FieldChecks.Code, "sort", $"'sort' is one of {string.Join(", ", fields.Keys)}, with a leading '-' for downwards.");
        if (query.After is { } after)
        {
            var (key, last) = Place(after, sort);
            try
            {
                rows = field.After(rows, down, key, last, id);
            }
            catch (Exception e) when (e is FormatException or OverflowException or ArgumentOutOfRangeException)
            {
                throw NoPage();
            }
        }
        var ordered = field.Order(rows, down);
        var found = await (down ? ordered.ThenByDescending(id) : ordered.ThenBy(id)).Take(most + 1).ToListAsync(cancel);
        if (found.Count <= most)
            return (found, null);
        found.RemoveAt(most);
        var end = found[^1];
        return (found, PagePlace.Write(sort, field.KeyOf(end), idOf(end).ToString("N")));
    }

    /// <summary>Reads a page and shows it.</summary>
    /// <exception cref="FieldException">As above.</exception>
    public async Task<Page<TDto>> ReadAsync<TDto>(IQueryable<T> rows, PageQuery query, Func<T, TDto> dto, CancellationToken cancel)
    {
        var (found, next) = await ReadAsync(rows, query, cancel);
        return new Page<TDto>([.. found.Select(dto)], next);
    }

    static (string Key, Guid Id) Place(string after, string sort) =>
        PagePlace.Read(after, LongestPlace) is [var by, var key, var id] && by == sort && !key.Contains('\0') && Guid.TryParseExact(id, "N", out var last) ? (key, last) : throw NoPage();

    static FieldException NoPage() => new(FieldChecks.Code, "after", "'after' is the 'next' of another page of the same list, with the same 'sort'.");
}
