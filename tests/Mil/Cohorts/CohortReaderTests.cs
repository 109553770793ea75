using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

/// <summary>What the columns of a label table mean, in each dialect.</summary>
public sealed class CohortReaderTests : LabelTables
{
    [DataFact]
    public void Clam_labels_of_camelyon16_are_slides_grouped_by_patient()
    {
        var cohort = CohortReader.Read(TestData.Of("tables/camelyon16.csv"));
        Assert.Equal(399, cohort.Rows.Count);
        Assert.Equal(160, cohort.Rows.Count(row => row.Label == 1));
        Assert.Equal(362, cohort.Patients.Count);
        Assert.Equal(["0", "1"], cohort.Classes);
        Assert.Contains("CLAM", cohort.Describe());
    }

    [DataFact]
    public void Mhim_labels_need_no_header()
    {
        var cohort = CohortReader.Read(TestData.Of("tables/mhim_label_c16.csv"));
        Assert.Equal(398, cohort.Rows.Count);
        Assert.Equal(159, cohort.Rows.Count(row => row.Label == 1));
        Assert.Equal("tumor_020", cohort.Rows[0].Id);
        Assert.Contains("every slide counts as a patient", cohort.Describe());
    }

    [Fact]
    public void The_same_table_with_a_header_reads_alike()
    {
        Assert.Equal(["a", "b"], Read("id,label\na,1\nb,0\n").SlideIds);
        Assert.Equal(["a", "b", "c"], Read("a,1\nb,0\nc,1\n").SlideIds);
    }

    [DataFact]
    public void SurvPath_censorship_1_is_not_an_event()
    {
        var cohort = CohortReader.Read(TestData.Of("tables/tcga_blca_survival.csv"));
        Assert.Equal(423, cohort.SlideIds.Count);
        Assert.Equal(188, cohort.Rows.Where(row => row.Event).Sum(row => row.SlideIds.Count));
        Assert.Equal(359, cohort.Rows.Count);
        Assert.Equal(156, cohort.Rows.Count(row => row.Event));
        Assert.Equal("2F", cohort.Rows[0].Site);
        Assert.Equal("TCGA-2F-A9KO-01Z-00-DX1.195576CF-B739-4BD9-B15B-4A70AE287D3E", cohort.Rows[0].SlideIds[0]);
        Assert.Contains("156 of 359 patients with an event (188 of 423 slides).", cohort.Describe());
        Assert.Contains("`censorship` 1 read as not observed.", cohort.Describe());
        Assert.Empty(cohort.Warnings);
    }

    [DataFact]
    public void Mhim_survival_calls_the_time_Event_and_joins_slides()
    {
        var cohort = CohortReader.Read(TestData.Of("tables/mhim_label_blca_surv.csv"));
        Assert.Equal(376, cohort.Rows.Count);
        Assert.Equal(171, cohort.Rows.Count(row => row.Event));
        Assert.Equal(446, cohort.SlideIds.Count);
        Assert.Equal(110.4666667, cohort.Rows[0].Time);
        Assert.Equal(2, cohort.Rows[0].SlideIds.Count);
        Assert.Contains("`Status` 1 read as observed.", cohort.Describe());
    }

    [Fact]
    public void Panther_and_stamp_are_recognised()
    {
        var panther = Read("case_id,slide_id,os_survival_days,os_censorship\nA,a1,10,0\nA,a2,10,0\nB,b,20,1\n");
        Assert.Equal([true, false], panther.Rows.Select(row => row.Event));
        Assert.Equal(["a1", "a2"], panther.Rows[0].SlideIds);
        var stamp = Read("PATIENT,FILENAME,time,event\nA,a.h5,10,1\nB,b.h5,20,0\n");
        Assert.Equal([true, false], stamp.Rows.Select(row => row.Event));
        Assert.Equal("b", stamp.Rows[1].SlideIds[0]);
    }

    [Fact]
    public void A_slide_table_joins_patients_to_their_slides()
    {
        var slides = Slides("PATIENT,FILENAME\nA,a1.h5\nA,a2.h5\nB,b.h5\n");
        var cohort = Read("PATIENT,isMSIH\nA,MSIH\nB,nonMSIH\n", new() { LabelColumn = "isMSIH", SlideTable = slides });
        Assert.Equal(["a1", "a2", "b"], cohort.Rows.Select(row => row.Id));
        Assert.Equal([0, 0, 1], cohort.Rows.Select(row => row.Label));
    }

    [Fact]
    public void A_status_column_is_refused_until_its_polarity_is_named()
    {
        const string table = "case_id,slide_id,time,status\nA,a,10,1\nB,b,20,0\nC,c,30,0\n";
        Assert.Contains("--event-column status", Refuses("cohort-ambiguous", table).Message);
        Assert.Equal([true, false, false], Read(table, new() { EventColumn = "status" }).Rows.Select(row => row.Event));
        Refuses("cohort-polarity", table, new() { CensorColumn = "status" });
        var swapped = Read(table, new() { CensorColumn = "status", PolarityChecked = true });
        Assert.Equal([false, true, true], swapped.Rows.Select(row => row.Event));
        Assert.Contains("swapped", swapped.Describe());
    }

    [Fact]
    public void Words_for_dead_and_alive_are_clear()
    {
        var cohort = Read("case_id,slide_id,os_months,os_status\nA,a,10,1:DECEASED\nB,b,20,0:LIVING\n");
        Assert.Equal([true, false], cohort.Rows.Select(row => row.Event));
    }

    [Fact]
    public void Event_and_censorship_that_contradict_are_refused()
    {
        Refuses("cohort-ambiguous", "case_id,slide_id,time,event,censorship\nA,a,10,1,1\nB,b,20,0,1\n");
        Assert.Equal([true, false], Read("case_id,slide_id,time,event,censorship\nA,a,10,1,0\nB,b,20,0,1\n").Rows.Select(row => row.Event));
    }

    [Fact]
    public void Naming_a_censor_column_as_event_column_is_refused() =>
        Refuses("cohort-ambiguous", "case_id,slide_id,survival_months,censorship\nA,a,10,1\nB,b,20,0\n", new() { EventColumn = "censorship" });

    [Fact]
    public void A_slide_with_two_labels_is_refused_and_the_same_row_twice_is_not()
    {
        Assert.Contains("s (0 and 1)", Refuses("cohort-contradiction", "case_id,slide_id,label\nA,s.svs,0\nA,s.h5,1\nB,b,1\n").Message);
        Assert.Equal(2, Read("case_id,slide_id,label\nA,s,0\nA,s,0\nB,b,1\n").Rows.Count);
    }

    [Fact]
    public void A_slide_of_two_patients_and_a_patient_with_two_times_are_refused()
    {
        Refuses("cohort-contradiction", "case_id,slide_id,label\nA,s,0\nB,s,0\nC,c,1\n");
        Refuses("cohort-contradiction", "case_id,slide_id,survival_months,censorship\nA,a,10,1\nA,b,12,1\nB,c,1,0\n");
    }

    [Fact]
    public void Slide_ids_are_exact_and_lose_only_a_known_extension()
    {
        var cohort = Read("case_id,slide_id,label\nA,x/TCGA-1.0f3b.SVS,0\nA,TCGA-1,1\nB,c.v2,1\n");
        Assert.Equal(["TCGA-1.0f3b", "TCGA-1", "c.v2"], cohort.SlideIds);
        var (usable, missing) = cohort.WithFeatures(id => id is "TCGA-1" or "c");
        Assert.Equal(["TCGA-1"], usable.SlideIds);
        Assert.Equal(["TCGA-1.0f3b", "c.v2"], missing);
    }

    [Fact]
    public void Words_as_classes_are_ordered_and_may_be_named()
    {
        const string table = "case_id,slide_id,label\nA,a,tumor\nB,b,normal\nC,c,\n";
        var cohort = Read(table);
        Assert.Equal(["normal", "tumor"], cohort.Classes);
        Assert.Contains("1 slide without a label was left out: c.", cohort.Describe());
        Assert.Equal([0, 1], Read(table, new() { Classes = ["tumor", "normal"] }).Rows.Select(row => row.Label));
        Refuses("cohort-bad-value", table, new() { Classes = ["a", "b"] });
    }

    [Fact]
    public void Broken_tables_each_get_their_own_sentence()
    {
        Refuses("cohort-unreadable", "");
        Refuses("cohort-unreadable", "case_id,slide_id,label\nA,a\n");
        Refuses("cohort-ambiguous", "name,value,other\n1,2,3\n");
        Refuses("cohort-bad-value", "case_id,slide_id,label\nA,,1\n");
        Refuses("cohort-one-class", "case_id,slide_id,label\nA,a,1\nB,b,1\n");
        Refuses("cohort-bad-value", "case_id,slide_id,survival_months,censorship\nA,a,-3,0\n");
        Refuses("cohort-no-column", "case_id,slide_id,label\nA,a,1\nB,b,0\n", new() { LabelColumn = "grade" });
        Assert.Equal("cohort-missing", Assert.Throws<InputException>(() => CohortReader.Read(Path.Combine(_folder, "none.csv"))).Code);
        Assert.Equal("cohort-unreadable", Assert.Throws<InputException>(() => CohortReader.Read(_folder)).Code);
    }

    [DataFact]
    public void A_time_of_another_kind_is_not_paired_with_the_events_of_overall_survival()
    {
        var table = TestData.Of("tables/tcga_blca_survival.csv");
        var refused = Assert.Throws<InputException>(() => CohortReader.Read(table, new CohortOptions { TimeColumn = "survival_months_pfi" }));
        Assert.Equal("cohort-ambiguous", refused.Code);
        Assert.Contains("`censorship` goes with `survival_months`", refused.Message);
        var cohort = CohortReader.Read(table, new CohortOptions { TimeColumn = "survival_months_pfi", CensorColumn = "censorship_pfi" });
        Assert.NotEqual(CohortReader.Read(table).Rows.Count(row => row.Event), cohort.Rows.Count(row => row.Event));
    }

    [DataFact]
    public void An_event_of_another_kind_is_not_paired_with_the_time_of_overall_survival()
    {
        var table = TestData.Of("tables/tcga_blca_survival.csv");
        var refused = Assert.Throws<InputException>(() => CohortReader.Read(table, new CohortOptions { CensorColumn = "censorship_pfi" }));
        Assert.Equal("cohort-ambiguous", refused.Code);
        Assert.Contains("--time-column", refused.Message);
        Assert.Contains("It could be `survival_months`, `survival_months_dss`, `survival_months_pfi`.", refused.Message);
        // The one that would have been recognised needs no more words.
        Assert.Equal(156, CohortReader.Read(table, new CohortOptions { CensorColumn = "censorship" }).Rows.Count(row => row.Event));
    }

    [Fact]
    public void The_only_event_of_a_table_goes_with_its_only_time()
    {
        Assert.Equal([true, false], Read("case_id,slide_id,time,age_years,died\nA,a,10,60,1\nB,b,20,70,0\n", new() { EventColumn = "died" }).Rows.Select(row => row.Event));
        Assert.Equal([true, false], Read("case_id,slide_id,time,event,vital_status\nA,a,10,1,dead\nB,b,20,0,alive\n", new() { EventColumn = "vital_status" }).Rows.Select(row => row.Event));
        const string Pfi = "case_id,slide_id,os_months,os_months_pfi,pfi\nA,a,10,5,1\nB,b,20,6,0\n";
        Assert.Contains("`os_months`, `os_months_pfi`", Refuses("cohort-ambiguous", Pfi, new() { EventColumn = "pfi" }).Message);
        Assert.Equal([5, 6], Read(Pfi, new() { EventColumn = "pfi", TimeColumn = "os_months_pfi" }).Rows.Select(row => row.Time));
    }

    [Fact]
    public void None_is_a_class_where_it_is_named_as_one()
    {
        const string Table = "case_id,slide_id,label\nA,s1,none\nB,s2,tumour\nC,s3,normal\n";
        Assert.Equal(2, Read(Table).Rows.Count);
        Assert.Equal(3, Read(Table, new CohortOptions { Classes = ["none", "normal", "tumour"] }).Rows.Count);
    }

    [Fact]
    public void Time_and_outcome_are_of_one_endpoint()
    {
        const string Both = "case_id,slide_id,time,event,os_survival_days,os_event\nA,a,10,1,30,0\nB,b,20,0,40,1\n";
        string Told(CohortOptions options, string table = Both) => string.Join(' ', Read(table, options).Rows.Select(row => $"{row.Time}{(row.Event ? "+" : "-")}"));
        Assert.Contains("`os_survival_days` with `os_event` or `time` with `event`", Refuses("cohort-ambiguous", Both).Message);
        Assert.Equal("30- 40+", Told(new() { EventColumn = "os_event" }));
        Assert.Equal("10+ 20-", Told(new() { EventColumn = "event" }));
        Assert.Equal("10+ 20-", Told(new() { TimeColumn = "time" }));
        Assert.Equal("30- 40+", Told(new() { TimeColumn = "OS_survival_days" }));
        Assert.Equal("30+ 40-", Told(new() { TimeColumn = "os_survival_days", EventColumn = "event" })); // whoever names both is believed
        Assert.Equal("30- 40+", Told(new(), Both.Replace(",event,", ",grade,")));  // one endpoint is whole
        Assert.Equal("30+ 40-", Told(new(), Both.Replace(",time,event,", ",age,event,").Replace(",os_event", ",grade"))); // one time, one outcome
        Assert.Equal(2, Read(Both.Replace("os_event", "label"), new() { Task = CohortTask.Classification }).Rows.Count);
        // One column is named, and the other goes with another time, or none is of its endpoint.
        const string Months = "case_id,slide_id,survival_months,censorship,os_months\nA,a,10,1,30\nB,b,20,0,40\n";
        Assert.Contains("`os_months` beside `survival_months` with `censorship`", Refuses("cohort-ambiguous", Months, new() { TimeColumn = "os_months" }).Message);
        Assert.Equal("30- 40+", Told(new() { TimeColumn = "os_months", CensorColumn = "censorship" }, Months));
        Assert.Contains("`time` beside `os_survival_days` with `os_censorship`",
            Refuses("cohort-ambiguous", "case_id,slide_id,os_survival_days,os_censorship,time\nA,a,10,1,30\nB,b,20,0,40\n", new() { TimeColumn = "time" }).Message);
        Refuses("cohort-ambiguous", Both.Replace("os_survival_days", "days_os"), new() { EventColumn = "os_event" });
        // Whether somebody lives is of any time.
        Assert.Equal("10+ 20-", Told(new(), "case_id,slide_id,os_months,vital_status,OS\nA,a,10,dead,1\nB,b,20,alive,0\n"));
        Assert.Equal("10+ 20-", Told(new() { EventColumn = "vital_status" }, "case_id,slide_id,time,event,vital_status\nA,a,10,0,dead\nB,b,20,1,alive\n"));
        Assert.Equal("10+ 20-", Told(new(), "id,wsi,time,event,status\nA,a,10,1,1\nB,b,20,0,0\n")); // not MHIM's, whose Event is the time
    }

    [Fact]
    public void Two_columns_of_one_name_are_refused_where_they_differ()
    {
        var refused = Refuses("cohort-ambiguous", "case_id,slide_id,label,Label\nA,a,p,p\nB,b,q,p\n");
        Assert.Equal("`table.csv` has two columns `label`, and they differ, first in row 3 (`q`, `p`); remove or rename one.", refused.Message);
        Assert.Equal(2, Read("case_id,slide_id,label,Label\nA,a,p,p\nB,b,q,q\n").Rows.Count);
        Assert.Equal(["p", "q"], Read("case_id,slide_id,kind,Kind\nA,a,p,p\nB,b,q,p\n", new() { LabelColumn = "kind" }).Classes); // as it is written
    }

    [Fact]
    public void Columns_that_are_named_for_the_other_task_are_refused()
    {
        const string Classes = "case_id,slide_id,label,t,e\nA,a,p,1,1\nB,b,q,2,0\n";
        Assert.Contains("--time-column, --event-column", Refuses("setting-without-use", Classes, new() { Task = CohortTask.Classification, TimeColumn = "t", EventColumn = "e" }).Message);
        Refuses("setting-without-use", Classes, new() { PolarityChecked = true });
        Refuses("setting-without-use", Classes, new() { Task = CohortTask.Survival, TimeColumn = "t", EventColumn = "e", LabelColumn = "label" });
        const string Bare = "a,0\nb,1\nc,0\n";
        Assert.Equal(3, Read(Bare).Rows.Count);
        Refuses("setting-without-use", Bare, new() { EventColumn = "nosuch" });
        Assert.Contains("without times", Refuses("cohort-ambiguous", Bare, new() { Task = CohortTask.Survival }).Message);
        Assert.Contains("without sites", Refuses("cohort-ambiguous", Bare, new() { SiteColumn = "site" }).Message);
    }
}
