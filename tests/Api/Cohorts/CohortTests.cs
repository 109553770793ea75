using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Mhim.Data.Entities;
using Microsoft.EntityFrameworkCore;

namespace Mhim.Api.Tests.Cohorts;

public sealed class CohortTests(Service service) : IClassFixture<Service>
{
    async Task<HttpResponseMessage> SendAsync(string table, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(table)), "file", "labels.csv");
        return await service.Client.PostAsync("/api/v1/cohorts", form);
    }

    static string[] Fields(JsonNode problem) => [.. problem["errors"]!.AsObject().Select(error => error.Key)];

    [Fact]
    public async Task A_name_is_said_to_be_taken_only_where_it_is_and_what_could_not_be_kept_leaves_no_files()
    {
        var table = Planted.Table(4, "kept-");
        using (RowWatch.Saving<Cohort>(() => Task.Run(() => SendAsync(table, ("name", "at once"))).GetAwaiter().GetResult()))
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(table, ("name", "at once"))).StatusCode); // the same at the same moment is the same cohort
        using (RowWatch.Saving<Cohort>(() => Task.Run(() => SendAsync(table, ("name", "other"))).GetAwaiter().GetResult()))
            Assert.Equal("cohort-name-taken", await (await SendAsync(Planted.Table(6, "kept-"), ("name", "other"))).ProblemAsync(409));
        await using var rows = service.Rows();
        await rows.Database.ExecuteSqlRawAsync("CREATE TRIGGER refuse BEFORE INSERT ON \"CohortSlides\" BEGIN SELECT RAISE(ABORT, 'no more of these'); END");
        var files = service.Files;
        Assert.Equal("unexpected", await (await SendAsync(table, ("name", "refused"))).ProblemAsync(500));
        Assert.Equal(files, service.Files);
        await rows.Database.ExecuteSqlRawAsync("DROP TRIGGER refuse");
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(table, ("name", "refused"))).StatusCode);
    }

    [Fact]
    public async Task A_label_table_is_shown_back_as_it_was_understood_and_says_which_of_its_slides_are_here()
    {
        await Planted.SlidesAsync(service, 3, "here-");
        var answer = await SendAsync("case_id,slide_id,label\np0,here-s00,normal\np1,here-s01,tumour\np1,here-s02,tumour\np2,here-s0,normal\n", ("name", "four"));
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var cohort = await answer.JsonAsync();
        Assert.Equal(answer.Headers.Location!.ToString(), $"/api/v1/cohorts/{cohort["id"]}");
        Assert.Equal("classification", (string?)cohort["task"]);
        Assert.Contains("4 slides of 3 patients.", cohort["understood"]!.AsArray().Select(line => (string)line!));
        Assert.Equal("""[{"name":"normal","rows":2,"patients":2,"slides":2},{"name":"tumour","rows":2,"patients":1,"slides":2}]""", cohort["statistics"]!["classes"]!.ToJsonString());
        // here-s0 is no slide because here-s00 begins like it.
        Assert.Equal("""{"ready":3,"processing":0,"stopped":0,"missing":1}""", cohort["slides"]!.ToJsonString());
        Assert.DoesNotContain(service.Folder, cohort.ToJsonString());

        var lacking = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{cohort["id"]}/slides?here=false");
        Assert.Equal(["here-s0"], lacking!["items"]!.AsArray().Select(s => (string)s!["name"]!));
        var page = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{cohort["id"]}/slides?limit=3");
        var rest = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{cohort["id"]}/slides?limit=3&after={page!["next"]}");
        Assert.Equal(["here-s0", "here-s00", "here-s01", "here-s02"], page["items"]!.AsArray().Concat(rest!["items"]!.AsArray()).Select(s => (string)s!["name"]!).Order());
        Assert.Null((string?)rest["next"]);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync("case_id,slide_id,label\np0,here-s00,normal\np1,here-s01,tumour\np1,here-s02,tumour\np2,here-s0,normal\n", ("name", "four"))).StatusCode);
        var taken = await SendAsync(Planted.Table(4), ("name", "four"));
        Assert.Equal("cohort-name-taken", await taken.ProblemAsync(409));
        Assert.Equal(["name"], Fields(await taken.JsonAsync()));
    }

    [Fact]
    public async Task Classes_are_named_in_their_order_and_a_word_for_nothing_may_be_one()
    {
        var table = "slide_id,label\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"n{i},{(i % 2 == 0 ? "none" : "tumour")}\n"));
        var doubtful = await SendAsync(table, ("name", "doubtful"));
        Assert.Equal("cohort-one-class", await doubtful.ProblemAsync(422));
        Assert.Equal(["classes"], Fields(await doubtful.JsonAsync()));
        Assert.Contains("'classes' none,tumour", (string)(await doubtful.JsonAsync())["errors"]!["classes"]![0]!);

        var taken = await SendAsync(table, ("name", "named"), ("classes", "tumour,none"));
        Assert.True(taken.StatusCode == HttpStatusCode.Created, await taken.Content.ReadAsStringAsync());
        var cohort = await taken.JsonAsync();
        Assert.Equal(["tumour", "none"], cohort["statistics"]!["classes"]!.AsArray().Select(entry => (string)entry!["name"]!));
        Assert.Equal("tumour,none", (string?)cohort["readAs"]!["classes"]);

        var graded = "slide_id,label\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"g{i},{(i % 4) switch { 0 => "low", 1 => "medium", 2 => "high", _ => "none" }}\n"));
        var without = await (await SendAsync(graded, ("name", "without"))).JsonAsync();
        var understood = string.Join('\n', without["understood"]!.AsArray().Select(line => (string)line!));
        Assert.DoesNotContain("--", understood);
        Assert.Contains("'classes'", understood);
        foreach (var wrong in (string[])["low", "low,low", "low,medium,high,worst", "low,medium"])
        {
            var refused = await SendAsync(graded, ("name", "wrong"), ("classes", wrong));
            Assert.Contains(await refused.ProblemAsync(422), (string[])["classes-unreadable", "cohort-bad-value"]);
            Assert.DoesNotContain("--", await refused.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Survival_tables_tell_events_and_what_is_not_clear_is_asked_back_by_field()
    {
        var months = string.Concat(Enumerable.Range(1, 12).Select(i => $"p{i},v{i},{i * 3},{i % 2}\n"));
        var ambiguous = await SendAsync("case_id,slide_id,survival_months,strange\n" + months, ("name", "unclear"), ("task", "survival"));
        Assert.Equal("cohort-ambiguous", await ambiguous.ProblemAsync(422));
        Assert.Contains("eventColumn", Fields(await ambiguous.JsonAsync()));
        Assert.DoesNotContain("--", (string)(await ambiguous.JsonAsync())["detail"]!);

        var told = await SendAsync("case_id,slide_id,survival_months,strange\n" + months, ("name", "clear"), ("task", "survival"), ("eventColumn", "strange"));
        Assert.True(told.StatusCode == HttpStatusCode.Created, await told.Content.ReadAsStringAsync());
        var statistics = (await told.JsonAsync())["statistics"]!;
        Assert.Equal((6, 36.0), ((int)statistics["patientsWithEvent"]!, (double)statistics["longestTime"]!));
    }

    [Fact]
    public async Task What_is_no_table_is_refused_with_its_field_and_leaves_nothing()
    {
        var (before, _) = await service.AtRestAsync();
        Assert.Equal("cohort-unreadable", await (await SendAsync("", ("name", "x"))).ProblemAsync(422));
        using var packed = new MultipartFormDataContent { { new ByteArrayContent([0x1f, 0x8b, 8, 0]), "file", "labels.csv" } };
        Assert.Equal("cohort-unreadable", await (await service.Client.PostAsync("/api/v1/cohorts", packed)).ProblemAsync(422));
        var column = await SendAsync(Planted.Table(4), ("name", "x"), ("labelColumn", "nowhere"));
        Assert.Equal("cohort-no-column", await column.ProblemAsync(422));
        var fields = await SendAsync(Planted.Table(4), ("name", new string('x', 300)), ("colour", "red"), ("bagPer", "tile"));
        Assert.Equal("request-unreadable", await fields.ProblemAsync(400));
        Assert.Equal(["colour", "name"], Fields(await fields.JsonAsync()).Order());
        Assert.Equal("media-type", await (await service.Client.PostAsync("/api/v1/cohorts", new StringContent("{}", Encoding.UTF8, "application/json"))).ProblemAsync(415));
        Assert.Equal("cohort-bad-value", await (await SendAsync("case_id,slide_id,label\np0,s\u0001s,a\np1,t,b\n", ("name", "x"))).ProblemAsync(422));
        Assert.Equal("cohort-bad-value", await (await SendAsync($"case_id,slide_id,label\np0,{new string('s', 400)},a\np1,t,b\n", ("name", "x"))).ProblemAsync(422));
        Assert.Equal("request-unreadable", await (await service.Client.GetAsync("/api/v1/cohorts?name=%00")).ProblemAsync(400));
        Assert.Equal(before, (await service.AtRestAsync()).Files);
    }

    [Fact]
    public async Task Whatever_a_table_holds_the_answer_is_never_a_server_error()
    {
        var random = new Random(3);
        var table = Planted.Table(12);
        string[] bits = ["\"", ",", "\n", "\t", "\0", ";", "\uFEFF", "NaN", "1e400", "-1", "=1+1", "é☃", new string('9', 400), "case_id", "../../x", "\"\"", "\r"];
        for (var i = 0; i < 150; i++)
        {
            var text = new StringBuilder(table);
            for (var n = random.Next(1, 6); n > 0; n--)
                text.Insert(random.Next(text.Length), bits[random.Next(bits.Length)]).Remove(random.Next(text.Length / 2), random.Next(4));
            var answer = await SendAsync(text.ToString(), ("name", $"fuzzed {i}"), ("task", ((string[])["auto", "classification", "survival"])[random.Next(3)]));
            Assert.True((int)answer.StatusCode < 500, $"{text}\n{await answer.Content.ReadAsStringAsync()}");
            if (!answer.IsSuccessStatusCode)
                Assert.DoesNotContain(service.Folder, await answer.Content.ReadAsStringAsync());
            else
                Assert.True((int)(await service.Client.GetAsync($"/api/v1/cohorts/{(await answer.JsonAsync())["id"]}/splits?folds=2")).StatusCode < 500);
        }
    }

    [Fact]
    public async Task Folds_can_be_seen_before_they_are_trained_and_keep_patients_together()
    {
        var rows = string.Concat(Enumerable.Range(0, 24).Select(i => $"p{i / 2},t{i:00},{(i / 2 % 2 == 1 ? "tumour" : "normal")},{(i < 12 ? "A" : i < 18 ? "B" : "C")}\n"));
        using var csv = new StringContent("case_id,slide_id,label,site\n" + rows, Encoding.UTF8, "text/csv");
        var answer = await service.Client.PostAsync("/api/v1/cohorts?name=sites", csv);
        var id = (await answer.JsonAsync())["id"];
        var patient = Enumerable.Range(0, 24).ToDictionary(i => $"t{i:00}", i => i / 2);
        var splits = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{id}/splits?folds=3&seed=7");
        Assert.Equal(3, splits!["folds"]!.AsArray().Count);
        foreach (var fold in splits["folds"]!.AsArray())
        {
            HashSet<int>[] parts = [.. new[] { "train", "validation", "test" }.Select(part => fold![part]!["ids"]!.AsArray().Select(slide => patient[(string)slide!]).ToHashSet())];
            Assert.Equal(12, parts.Sum(part => part.Count));
        }
        Assert.Equal(splits.ToJsonString(), (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{id}/splits?folds=3&seed=7"))!.ToJsonString());
        var sites = await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{id}/splits?folds=3&preserveSites=true");
        Assert.Equal(3, sites!["folds"]!.AsArray().Select(fold => (string)fold!["test"]!["ids"]![0]!).Distinct().Count());
        var many = await service.Client.GetAsync($"/api/v1/cohorts/{id}/splits?folds=12");
        Assert.Equal("folds-too-many", await many.ProblemAsync(422));
        Assert.Equal(["folds"], Fields(await many.JsonAsync()));
        Assert.Equal(["folds", "validationShare"], Fields(await (await service.Client.GetAsync($"/api/v1/cohorts/{id}/splits?folds=1&validationShare=2")).JsonAsync()));
    }

    [Fact]
    public async Task A_survival_cohort_shows_its_curve_by_site_and_a_split_says_where_each_patient_goes()
    {
        var rows = string.Concat(Enumerable.Range(0, 20).Select(i => $"p{i:00},k{i:00},{i + 1},{(i % 4 == 0 ? 1 : 0)},{(i < 10 ? "A" : "B")}\n"));
        var cohort = await (await SendAsync("case_id,slide_id,time,event,site\n" + rows, ("name", "curve"), ("task", "survival"))).JsonAsync();
        var curve = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{cohort["id"]}/survival"))!;
        Assert.Equal(["All patients", "A", "B"], curve["groups"]!.AsArray().Select(g => (string)g!["name"]!));
        // One of twenty at time 1, one of the sixteen that are left at time 5: 0.95 · 15/16.
        Assert.Equal(0.95 * 15 / 16, (double)curve["groups"]![0]!["steps"]![1]!["survival"]!, 1e-12);
        Assert.Equal((20, 5, 15), ((int)curve["groups"]![0]!["cases"]!, (int)curve["groups"]![0]!["events"]!, curve["groups"]![0]!["censored"]!.AsArray().Count));

        var plan = (await service.Client.GetFromJsonAsync<JsonNode>($"/api/v1/cohorts/{cohort["id"]}/splits?folds=5"))!;
        Assert.Equal(["patient-leakage True", "tested-once True"], plan["checks"]!.AsArray().Take(2).Select(c => $"{c!["code"]} {(bool)c["passed"]!}"));
        Assert.Equal("site-alone", (string?)plan["checks"]![2]!["code"]);
        Assert.Equal(20, plan["patients"]!.AsArray().Count);
        Assert.All(plan["patients"]!.AsArray(), p => Assert.Single(p!["parts"]!.AsArray(), part => (string?)part == "test"));

        var classes = await (await SendAsync(Planted.Table(4), ("name", "no times"))).JsonAsync();
        Assert.Equal("cohort-without-times", await (await service.Client.GetAsync($"/api/v1/cohorts/{classes["id"]}/survival")).ProblemAsync(409));
    }

    [Fact]
    public async Task A_cohort_is_removed_only_as_it_was_read_and_takes_its_table_with_it()
    {
        var cohort = await (await SendAsync(Planted.Table(4), ("name", "gone"))).JsonAsync();
        var path = $"/api/v1/cohorts/{cohort["id"]}";
        Assert.Equal(Planted.Table(4), await service.Client.GetStringAsync($"{path}/table.csv"));
        using var stale = new HttpRequestMessage(HttpMethod.Delete, path) { Headers = { { "If-Match", "\"somethingelse\"" } } };
        Assert.Equal("changed", await (await service.Client.SendAsync(stale)).ProblemAsync(412));
        using var fresh = new HttpRequestMessage(HttpMethod.Delete, path) { Headers = { { "If-Match", (await service.Client.GetAsync(path)).Headers.ETag!.ToString() } } };
        Assert.Equal(HttpStatusCode.NoContent, (await service.Client.SendAsync(fresh)).StatusCode);
        Assert.Equal("cohort-unknown", await (await service.Client.GetAsync(path)).ProblemAsync(404));
        Assert.DoesNotContain(service.Files, file => file.Contains((string)cohort["id"]!));
    }
}
