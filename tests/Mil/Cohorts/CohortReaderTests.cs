using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

public sealed class CohortReaderTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mhim-cohort-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    Cohort Read(string text, CohortOptions? options = null)
    {
        var path = Path.Combine(_folder, "table.csv");
        File.WriteAllText(path, text);
        return CohortReader.Read(path, options);
    }

    InputException Refuses(string code, string text, CohortOptions? options = null)
    {
        var refused = Assert.Throws<InputException>(() => Read(text, options));
        Assert.Equal(code, refused.Code);
        return refused;
    }

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
        var slides = Path.Combine(_folder, "slides.csv");
        File.WriteAllText(slides, "PATIENT,FILENAME\nA,a1.h5\nA,a2.h5\nB,b.h5\n");
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
        Assert.Contains("1 slides without a label were left out: c.", cohort.Describe());
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

    [Fact]
    public void Quotes_tabs_and_a_byte_order_mark_are_read()
    {
        Assert.Equal("a, left", Read("\uFEFFcase_id,slide_id,label\nA,\"a, left\",1\nB,b,0\n").Rows[0].Id);
        Assert.Equal(2, Read("case_id\tslide_id\tlabel\nA\ta\t1\nB\tb\t0\n").Rows.Count);
    }

    [Theory]
    [InlineData(";")]
    [InlineData("\t")]
    [InlineData(",")]
    public void A_header_may_be_quoted_whatever_separates(string separator)
    {
        var text = "\"case_id\",\"slide_id\",\"label\"\n\"A\",\"a\",\"x 1\"\n\"B\" , \"b\",\"y\"\n".Replace(",", separator);
        var cohort = Read(text);
        Assert.Equal(["a", "b"], cohort.SlideIds);
        Assert.Equal(["x 1", "y"], cohort.Classes);
        Assert.Equal(2, Read(text.Replace("\"label\"", "\"label, the\"").Replace("slide_id", "slide"), new() { LabelColumn = "label, the" }).Rows.Count);
    }

    [Theory]
    [InlineData("A,\"a,0\nB,b,1\nC,c,0\n")]
    [InlineData("A,\"a,0\nB,\"b\",1\nC,c,0\n")]
    [InlineData("A,\"a\"x,0\nB,b,1\nC,c,0\n")]
    public void A_quote_that_is_not_closed_swallows_no_rows(string rows) =>
        Assert.Contains("row 3", Refuses("cohort-unreadable", "case_id,slide_id,label\nX,x,1\n" + rows).Message);

    [Fact]
    public void A_quoted_field_may_hold_quotes_and_line_ends()
    {
        Assert.Equal(["y", "z \"q\",\nand"], Read("case_id,slide_id,label\nA,a,\"z \"\"q\"\",\nand\"\nB,b,y\n").Classes);
        Assert.Equal(["5\" lens", "y"], Read("case_id,slide_id,label\nA,a,5\" lens\nB,b,y\n").Classes);
    }

    [Fact]
    public void Semicolons_separate_too_and_classes_that_differ_in_case_are_told()
    {
        var cohort = Read("case_id;slide_id;label\nA;s1;Tumour\nB;s2;tumour\nC;s3;normal\n");
        Assert.Equal(3, cohort.Classes.Count);
        Assert.Contains("differ only in case", cohort.Describe());
    }

    [Fact]
    public void A_row_has_the_number_that_a_spreadsheet_gives_it()
    {
        Assert.Contains("row 5", Refuses("cohort-bad-value", "case_id,slide_id,label\nA,s1,x\n\n\nB,,y\n").Message);
        Assert.Contains("row 4", Refuses("cohort-unreadable", "case_id,slide_id,label\nA,s1,x\n\nB,s2\n").Message);
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
    public void Letters_that_cannot_be_read_are_refused_and_those_that_can_stay()
    {
        const string Text = "case_id,slide_id,label\nA,s1,Gefäß\nB,s2,normal\n";
        Assert.Equal(["Gefäß", "normal"], Read(Text).Classes);
        var path = Path.Combine(_folder, "other.csv");
        File.WriteAllText(path, Text, System.Text.Encoding.Unicode);
        Assert.Equal(["Gefäß", "normal"], CohortReader.Read(path).Classes);
        File.WriteAllText(path, Text, System.Text.Encoding.Latin1);
        var refused = Assert.Throws<InputException>(() => CohortReader.Read(path));
        Assert.Equal("cohort-unreadable", refused.Code);
        Assert.Contains("UTF-8", refused.Message);
    }

    [Fact]
    public void Two_files_that_would_be_one_slide_are_told()
    {
        var told = Read("case_id,slide_id,label\nA,x/1.svs,a\nA,y/1.svs,a\nB,2.svs,b\nB,2.svs,b\n").Describe();
        Assert.Contains("x/1.svs, y/1.svs are taken for one slide, `1`", told);
        Assert.DoesNotContain("`2`", told);
    }

    [Fact]
    public void A_name_is_the_id_that_it_spells_where_there_are_features_of_it()
    {
        string[] Ids(string rows, params string[] features) => [.. Read("case_id,slide_id,label\n" + rows, new() { HasFeatures = features.Contains }).SlideIds];
        Assert.Equal(["a/x", "b/x", "z.svs", "z.tif"], Ids("A,a/x,p\nB,b/x.svs,q\nC,z.svs,p\nD,z.tif,q\n", "a/x", "b/x", "z.svs", "z.tif", "x", "z"));
        Assert.Equal(["a/x", "b/x"], Ids("A,/scans/a/x.svs,p\nB,C:\\scans\\b\\x.svs,q\n", "a/x", "b/x"));
        Assert.Equal(["b/z", "z"], Ids("A,b/z.svs,p\nB,z.tif,q\n", "b/z", "z"));
        Assert.Equal(["x", "y"], Ids("A,scans/x.svs,p\nB,y.h5,q\n", "x", "y"));
        Assert.Equal(["x", "y"], Ids("A,scans/x.svs,p\nB,y.h5,q\n"));
        // Without any features two slides stay two, of two patients.
        Assert.Equal(["a/x.svs", "b/x.svs"], Ids("A,a/x.svs,p\nB,b/x.svs,q\n"));
        Assert.Equal(["a/x", "b/x"], Read("PATIENT,label\nA,p\nB,q\n", new() { SlideTable = Slides("PATIENT,FILENAME\nA,a/x.svs\nB,b/x.svs\n"), HasFeatures = name => name.Contains('/') && !name.Contains('.') }).SlideIds);
        Assert.Equal(["a/x", "b/x", "a/y"], Read("a/x.svs,p\nb/x.svs,q\na/y.svs,p\n", new() { HasFeatures = name => name is "a/x" or "b/x" or "a/y" }).SlideIds);
    }

    [Theory]
    [InlineData("a/x.svs", "b/x.svs", "x")]        // left over from a run over one folder
    [InlineData("a/x.svs", "b/x.svs", "x,a/x")]    // b/x could not be extracted
    [InlineData("z.svs", "z.tif", "z")]
    public void Features_that_could_be_of_either_of_two_slides_are_of_none(string one, string other, string features)
    {
        var refused = Refuses("cohort-ambiguous", $"case_id,slide_id,label\nA,{one},p\nA,{other},p\nB,c,q\n", new() { HasFeatures = features.Split(',').Contains });
        Assert.Contains(one, refused.Message);
        Assert.Contains(other, refused.Message);
    }

    string Slides(string text)
    {
        var path = Path.Combine(_folder, "slides.csv");
        File.WriteAllText(path, text);
        return path;
    }

    [Fact]
    public void None_is_a_class_where_it_is_named_as_one()
    {
        const string Table = "case_id,slide_id,label\nA,s1,none\nB,s2,tumour\nC,s3,normal\n";
        Assert.Equal(2, Read(Table).Rows.Count);
        Assert.Equal(3, Read(Table, new CohortOptions { Classes = ["none", "normal", "tumour"] }).Rows.Count);
    }

    [Fact]
    public void Patients_of_whom_a_slide_table_knows_nothing_are_told()
    {
        var slides = Path.Combine(_folder, "slides.csv");
        File.WriteAllText(slides, "PATIENT,FILENAME\nP1,s1.h5\nP2,s2.h5\n");
        var options = new CohortOptions { SlideTable = slides, LabelColumn = "grade" };
        var cohort = Read("PATIENT,grade\nP1,low\nP2,high\np3,high\n", options);
        Assert.Equal(2, cohort.Rows.Count);
        Assert.Contains("1 patients have no slide in `slides.csv` and were left out: p3", cohort.Describe());
        Assert.Contains("p1", Refuses("cohort-contradiction", "PATIENT,grade\np1,low\np2,high\n", options).Message);
    }

    [Fact]
    public void Two_columns_that_could_be_the_patient_and_group_rows_otherwise_are_asked_about()
    {
        const string Table = "case_id,patient_id,slide_id,label\nC1,P1,a,0\nC2,P1,b,1\nC3,P2,c,0\n";
        var refused = Refuses("cohort-ambiguous", Table).Message;
        Assert.Contains("`patient_id` P1 has both C1 and C2 in `case_id`", refused);
        Assert.Contains("--patient-column", refused);
        Refuses("cohort-ambiguous", Table.Replace("case_id,patient_id", "patient_id,case_id"));
        Assert.Equal(["P1", "P2"], Read(Table, new() { PatientColumn = "patient_id" }).Patients);
        Assert.Equal(3, Read(Table, new() { PatientColumn = "case_id" }).Patients.Count);
        // Two names for the same patients, or one that is not always given, are no question.
        Assert.Equal(["C1", "C3"], Read("case_id,patient_id,slide_id,label\nC1,P1,a,0\nC1,NA,b,1\nC3,P2,c,0\n").Patients);
    }

    [Fact]
    public void The_patients_column_is_told_before_training()
    {
        Assert.Contains("slides from `slide_id`, patients from `case_id`, classes from `label`.", Read("case_id,slide_id,label\nA,a,0\nB,b,1\n").Describe());
        Assert.Contains("slides from `wsi`, patients from `Patient`, time from `time`.", Read("Patient,wsi,time,event\nA,a,1,1\nB,b,2,0\n").Describe());
    }

    [Fact]
    public void Slides_of_one_row_are_of_one_patient_though_nobody_names_it()
    {
        var survival = Read("wsi,time,event\na;b,10,1\nc,20,0\n");
        Assert.Equal(["a", "b"], survival.Rows[0].SlideIds);
        Assert.Equal(2, survival.Rows.Count);
        Assert.Contains("every row counts as a patient of its own", survival.Describe());
        Assert.Equal(["a", "c"], Read("wsi,label\na;b,1\nc,0\n").Patients);
        Assert.Equal(["7", "8"], Read("ID,wsi,label\n7,a;b,1\n8,c,0\n7,d,1\n").Patients);
        Assert.Contains("every `ID` counts as a patient of its own", Read("ID,wsi,label\n7,a;b,1\n8,c,0\n").Describe());
    }

    [Theory]
    [InlineData("NA")]
    [InlineData("nan")]
    [InlineData("?")]
    public void Words_for_nothing_name_neither_patient_nor_slide(string nothing)
    {
        Assert.Contains("row 2 names no patient", Refuses("cohort-bad-value", $"case_id,slide_id,label\n{nothing},a,0\nB,b,1\n").Message);
        Assert.Contains("row 3 names no slide", Refuses("cohort-bad-value", $"case_id,slide_id,label\nA,a,0\nB,{nothing},1\n").Message);
        Assert.Contains("row 1 names no slide", Refuses("cohort-bad-value", $"{nothing},1\nb,0\nc,1\n").Message);
        Assert.Equal(["a", "b"], Read($"case_id,slide_id,label\nA,a;{nothing},0\nB,b,1\n").SlideIds);
    }

    [Fact]
    public void Ids_are_patients_where_a_second_table_has_their_slides()
    {
        var slides = Path.Combine(_folder, "slides.csv");
        File.WriteAllText(slides, "PATIENT,FILENAME\nP1,a1.h5\nP1,a2.h5\nP2,b.h5\nP3,NA\n");
        var cohort = Read("id,label\nP1,low\nP2,high\nP3,high\n", new() { SlideTable = slides });
        Assert.Equal(["a1", "a2", "b"], cohort.SlideIds);
        Assert.Equal(["P1", "P2"], cohort.Patients);
        Assert.Contains("1 patients have no slide in `slides.csv` and were left out: P3", cohort.Describe());
        Assert.Contains("no header", Refuses("cohort-ambiguous", "P1,low\nP2,high\nP3,low\n", new() { SlideTable = slides }).Message);
        Assert.Contains("`slides.csv` was not read", Read("case_id,slide_id,label\nP1,a,0\nP2,b,1\n", new() { SlideTable = slides }).Describe());
    }

    [Fact]
    public void Two_tables_meet_in_the_patient_column_that_both_have()
    {
        var slides = Path.Combine(_folder, "slides.csv");
        File.WriteAllText(slides, "case_id,patient_id,filename\nC1,P1,a1.h5\nC2,P1,a2.h5\nC3,P2,b.h5\n");
        Assert.Equal(["a1", "a2", "b"], Read("patient_id,label\nP1,0\nP2,1\n", new() { SlideTable = slides }).SlideIds);
    }
}
