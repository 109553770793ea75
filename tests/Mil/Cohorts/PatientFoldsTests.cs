using System.Security.Cryptography;
using System.Text;
using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

public sealed class PatientFoldsTests
{
    /// <summary>60 patients, a third of them positive, every third with two slides, over 6 sites.</summary>
    static Cohort Sixty => Cohort.OfClasses(["0", "1"],
    [
        .. from p in Enumerable.Range(0, 60)
           from s in Enumerable.Range(0, p % 3 == 1 ? 2 : 1)
           select new CohortRow($"p{p}-{s}", $"p{p}", [$"p{p}-{s}"], p % 3 == 0 ? 1 : 0, Site: $"site{p % 6}")
    ]);

    [Fact]
    public void Every_row_is_tested_once_and_no_patient_is_in_two_parts()
    {
        var splits = PatientFolds.Make(Sixty, new());
        Assert.Equal(5, splits.Count);
        Assert.Equal(Sixty.Rows.Select(row => row.Id).Order(), splits.SelectMany(split => split.Test).Select(row => row.Id).Order());
        foreach (var split in splits)
        {
            Assert.Equal(Sixty.Rows.Count, split.Train.Count + split.Validation.Count + split.Test.Count);
            LeakageGate.Require(split);
        }
    }

    [Fact]
    public void Labels_are_spread_evenly()
    {
        foreach (var split in PatientFolds.Make(Sixty, new()))
        {
            Assert.Equal(4, split.Test.Count(row => row.Label == 1));
            Assert.InRange(split.Test.Count(row => row.Label == 0), 11, 13);
            Assert.InRange(split.Validation.Count(row => row.Label == 1), 3, 4);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_folds_whatever_the_order_of_the_rows()
    {
        static string Print(Cohort cohort, int seed) => string.Join('|', PatientFolds.Make(cohort, new() { Seed = seed })
            .Select(split => string.Join(',', split.Test.Select(row => row.Id).Order()) + "/" + string.Join(',', split.Validation.Select(row => row.Id).Order())));
        var reversed = Sixty with { Rows = [.. Sixty.Rows.Reverse()] };
        Assert.Equal(Print(Sixty, 7), Print(reversed, 7));
        Assert.NotEqual(Print(Sixty, 7), Print(Sixty, 8));
    }

    [Fact]
    public void Sites_can_be_kept_whole()
    {
        foreach (var split in PatientFolds.Make(Sixty, new() { Folds = 3, PreserveSites = true }))
        {
            Assert.Empty(split.Test.Select(row => row.Site).Intersect(split.Train.Concat(split.Validation).Select(row => row.Site)));
            Assert.NotEmpty(split.Train);
            Assert.NotEmpty(split.Validation);
            Assert.NotEmpty(LeakageGate.SiteWarnings(split));
        }
        Assert.Empty(PatientFolds.Make(Sixty, new()).SelectMany(LeakageGate.SiteWarnings));
    }

    [Fact]
    public void A_site_is_in_a_part_with_any_slide_of_a_bag()
    {
        static CohortRow At(string id, params string[] sites) => new CohortRow(id, id, [id], 0).WithSites(sites);
        Assert.Equal(["Fold 0: 1 site of a single patient is in one part alone: `A`."], LeakageGate.SiteWarnings(new(0, [At("P1", "A", "B")], [], [At("P2", "B")])));
        Assert.Equal(["Fold 0: all 2 rows of site `A` are in train.", "Fold 0: 1 site of a single patient is in one part alone: `B`."],
            LeakageGate.SiteWarnings(new(0, [At("P1", "A", "B"), At("P3", "A")], [], [At("P2")])));
    }

    [Fact]
    public void Too_few_patients_for_the_folds_are_refused()
    {
        var few = Sixty with { Rows = [.. Sixty.Rows.Where(row => row.Label == 0 || row.PatientId is "p0" or "p3" or "p6")] };
        Assert.Equal("folds-too-many", Assert.Throws<InputException>(() => PatientFolds.Make(few, new())).Code);
        foreach (var split in PatientFolds.Make(few, new() { Folds = 3 }))
            foreach (var part in new[] { split.Train, split.Validation, split.Test })
                Assert.Equal(1, part.Count(row => row.Label == 1));
    }

    [Fact]
    public void A_patient_in_two_parts_is_named()
    {
        CohortRow a = new("a1", "A", ["a1"], 0), other = new("a2", "A", ["a2"], 0), b = new("b", "B", ["b"], 1);
        var refused = Assert.Throws<InputException>(() => LeakageGate.Require(new Split(2, [a], [b], [other])));
        Assert.Equal("patient-leakage", refused.Code);
        Assert.Contains("A (train, test)", refused.Message);
        Assert.DoesNotContain("B (", refused.Message);
        refused = Assert.Throws<InputException>(() => LeakageGate.Require(new Split(0, [a], [b], [b with { PatientId = "C" }])));
        Assert.Contains("slide", refused.Message);
    }

    [Fact]
    public void Nobody_need_be_censored_and_a_patient_may_have_slides_of_every_class()
    {
        var observed = Cohort.OfSurvival([.. Enumerable.Range(0, 20).Select(p => new CohortRow($"p{p}", $"p{p}", [$"p{p}"], Time: p + 1, Event: true))]);
        Assert.All(PatientFolds.Make(observed, new()), split => Assert.Equal(4, split.Test.Count));
        var silent = observed with { Rows = [.. observed.Rows.Select((row, i) => row with { Event = i < 2 })] };
        Assert.Contains("`event`", Assert.Throws<InputException>(() => PatientFolds.Make(silent, new())).Message);

        // As CAMELYON17: every patient has normal slides and one with tumour.
        var both = Cohort.OfClasses(["normal", "tumour"],
            [.. from p in Enumerable.Range(0, 12) from s in Enumerable.Range(0, 4) select new CohortRow($"p{p}-{s}", $"p{p}", [$"p{p}-{s}"], s == 0 ? 1 : 0)]);
        foreach (var split in PatientFolds.Make(both, new() { Folds = 3 }))
            foreach (var part in new[] { split.Train, split.Validation, split.Test })
                Assert.Equal(part.Count, 4 * part.Count(row => row.Label == 1));
    }

    [Fact]
    public void A_fold_that_leaves_one_site_to_learn_from_is_refused()
    {
        var three = Sixty with { Rows = [.. Sixty.Rows.Where(row => row.Site is "site0" or "site1" or "site2")] };
        Assert.Contains("more folds", Assert.Throws<InputException>(() => PatientFolds.Make(three, new() { Folds = 2, PreserveSites = true })).Message);
        Assert.All(PatientFolds.Make(three, new() { Folds = 3, PreserveSites = true }), split => Assert.NotEmpty(split.Train));
    }

    /// <summary>Groups of the given sizes, every patient a slide of either class in turn; a site is a group, or where there is none a patient.</summary>
    static Cohort Skewed(bool sites, params int[] sizes) => Cohort.OfClasses(["0", "1"],
    [
        .. sizes.SelectMany((size, g) => Enumerable.Range(0, size).Select(i => new CohortRow($"g{g}-{i}", sites ? $"g{g}-{i}" : $"g{g}", [$"g{g}-{i}"], i % 2, Site: $"site{g}")))
    ]);

    [Theory]
    [InlineData(true, 0.2)]
    [InlineData(false, 0.2)]
    [InlineData(true, 0.4)]
    public void A_site_or_a_patient_that_has_most_of_the_rows_trains_and_does_not_validate(bool sites, double share)
    {
        var cohort = Skewed(sites, 300, 60, 50, 40, 30, 25, 20, 15, 10, 10);
        foreach (var split in PatientFolds.Make(cohort, new() { PreserveSites = sites, ValidationShare = share }))
        {
            Assert.True(split.Train.Count > split.Validation.Count, $"fold {split.Fold}: {split.Train.Count} train, {split.Validation.Count} validate");
            Assert.InRange(split.Validation.Count, 40, 260 * share + 60);
            Assert.Equal([0, 1], split.Train.Select(row => row.Label).Distinct().Order());
        }
    }

    [Fact]
    public void A_nearer_share_of_rows_takes_no_class_from_training()
    {
        // Two sites alone have the first class, and one of them is the biggest: beside the other in validation it must train.
        var rows = Skewed(sites: true, 120, 60, 60, 60, 60, 60).Rows.Select(row => row with { Label = row.Site is "site0" or "site1" ? row.Label : 1 }).ToArray();
        foreach (var split in PatientFolds.Make(Cohort.OfClasses(["0", "1"], rows), new() { Folds = 6, PreserveSites = true }))
            if (split.Test[0].Site is not ("site0" or "site1"))
                Assert.Equal([0, 1], split.Train.Select(row => row.Label).Distinct().Order());
    }

    [Theory]
    [InlineData(0.1, "41ef0e3c1c661052")]
    [InlineData(0.15, "bf826fb12f022cd1")]
    [InlineData(0.2, "fed494a1c7dad99a")]
    [InlineData(0.4, "a535d5e61c55317f")]
    [InlineData(0.7, "3f8af25367d2ac5b")]
    public void Splits_of_patients_with_one_slide_each_are_those_of_earlier_versions(double share, string hash)
    {
        // 81 patients: hands of 13 and 12 rows, of which neither is nearer than the other. A run that was begun then goes on.
        var cohort = Cohort.OfClasses(["0", "1", "2"], [.. Enumerable.Range(0, 81).Select(p => new CohortRow($"p{p:00}", $"p{p:00}", [$"p{p:00}"], p % 7 == 0 ? 2 : p % 2))]);
        var validation = string.Join('|', PatientFolds.Make(cohort, new() { Seed = 3, ValidationShare = share }).Select(split => string.Join(',', split.Validation.Select(row => row.Id[1..]))));
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(validation)))[..16]);
    }

    [Theory]
    [InlineData(BagPer.Slide)]
    [InlineData(BagPer.Patient)]
    public void A_patient_of_two_sites_is_named_and_a_slide_without_one_goes_with_the_others(BagPer bagPer)
    {
        var path = Path.GetTempFileName();
        try
        {
            Cohort Read(string site, bool survival = false)
            {
                File.WriteAllText(path, $"case_id,slide_id,{(survival ? "time,event" : "label")},site\n" + string.Concat(Sixty.Rows.Select(row =>
                    $"{row.PatientId},{row.Id},{(survival ? "12," : "")}{row.Label},{(row.Id == "p1-1" ? site : row.Site)}\n")));
                return CohortReader.Read(path, new() { BagPer = bagPer });
            }
            var keep = new FoldOptions { Folds = 3, PreserveSites = true };
            foreach (var cohort in (Cohort[])[Read("site4"), Read("site4", survival: true)])
            {
                var refused = Assert.Throws<InputException>(() => PatientFolds.Make(cohort, keep));
                Assert.Equal("folds-two-sites", refused.Code);
                Assert.Contains("p1 (site1 and site4)", refused.Message);
                Assert.NotEmpty(PatientFolds.Make(cohort, new() { Folds = 3 }));
            }
            Assert.Equal(Read("site1").Rows.Count, PatientFolds.Make(Read(""), keep).Sum(split => split.Test.Count));
        }
        finally
        {
            File.Delete(path);
        }
        var nowhere = Sixty with { Rows = [.. Sixty.Rows.Select(row => row.PatientId == "p1" ? row with { Site = null } : row)] };
        Assert.Contains("`p1`", Assert.Throws<InputException>(() => PatientFolds.Make(nowhere, new() { Folds = 3, PreserveSites = true })).Message);
    }

    [Theory]
    [InlineData(0.2, 0.2)]
    [InlineData(0.4, 0.4)]
    [InlineData(0.7, 0.7)]
    [InlineData(0.03, 0.03)]
    [InlineData(0.98, 0.98)]
    public void Validation_gets_the_share_that_was_asked_for(double share, double wanted)
    {
        var many = Cohort.OfClasses(["0", "1"], [.. Enumerable.Range(0, 800).Select(p => new CohortRow($"p{p}", $"p{p}", [$"p{p}"], p % 2))]);
        foreach (var split in PatientFolds.Make(many, new() { Folds = 4, ValidationShare = share }))
            Assert.InRange(split.Validation.Count / 600.0, wanted - 0.01, wanted + 0.01);
    }
}
